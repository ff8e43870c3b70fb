"""The application for servers and for the `flask` command: `front` for servers that speak ASGI, `app` for WSGI behind a proxy."""

from portal.app import create_app, in_front
from portal.core.confining import alone
from portal.core.memory import settle

alone()  # what draws letters for us, or examines files, runs as the same user: it reads neither our keys nor our environment
app = create_app()
front = in_front(app)
settle()
