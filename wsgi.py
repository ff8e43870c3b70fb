"""The application for servers and for the `flask` command."""

from portal.app import create_app
from portal.core.confining import alone

alone()  # what draws letters for us, or examines files, runs as the same user: it reads neither our keys nor our environment
app = create_app()
