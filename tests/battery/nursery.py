"""A process that has loaded the portal once, and begins servers and workers by forking: what is killed is back at once.

Reads `web PORT` or `worker` from its input, a line each, and answers with the number of the process that it began.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from werkzeug.serving import make_server

from portal import worker
from portal.app import create_app
from portal.notices.mailer import mailer_for


def serve(port: int) -> None:
    make_server("127.0.0.1", port, create_app(), threaded=True).serve_forever()


def work() -> None:
    app = create_app()
    settings = app.extensions["settings"]
    worker.run_forever(app.extensions["office"], mailer_for(settings.mail_url), settings, threading.Event())


def begin(words: list[str]) -> int:
    """The number of the new process."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        serve(int(words[1])) if words[0] == "web" else work()
    finally:
        os._exit(1)


def _end_with(parent: int) -> None:
    """Nobody is left behind when whoever began this is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        print(begin(line.split()), flush=True)


if __name__ == "__main__":
    main()
