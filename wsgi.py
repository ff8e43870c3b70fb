"""The application for servers and for the `flask` command."""

from portal.app import create_app

app = create_app()
