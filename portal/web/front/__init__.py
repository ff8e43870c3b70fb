"""What stands between the web server and the pages: nobody holds a turn by sending, waiting or reading slowly."""
