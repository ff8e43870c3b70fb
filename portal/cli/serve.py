"""`make demo`: demo data, then the web server and the worker under one roof until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BIN = Path(sys.executable).parent


def main() -> int:
    """Runs everything; returns the exit status of whatever stopped first."""
    port = int(os.environ.get("PORT", "8000"))
    if _taken(port):
        print(f"Port {port} is in use. Try: make demo PORT={port + 1}")
        return 1
    environment = {**os.environ, "PORTAL_BASE_URL": f"http://localhost:{port}"}
    if subprocess.run([BIN / "flask", "demo"], env=environment, check=False).returncode:
        print("The demo could not be prepared. `make clean` takes away the data of before; then try again.")
        return 1
    children = [subprocess.Popen(command, env=environment) for command in commands(port)]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(children))
    if _answers(port):
        print(f"\nThe portal is running at http://localhost:{port}  (Ctrl-C stops it)", flush=True)
    while all(child.poll() is None for child in children):
        time.sleep(0.2)
    _stop(children)
    return max(child.wait() for child in children)


def commands(port: int) -> list[list[str]]:
    return [web(port), [str(BIN / "flask"), "worker"]]


def web(port: int, *, workers: int = 2, app: str = "wsgi:front") -> list[str]:
    """Only HTTP/1: the time to say what is asked for does not count for HTTP/2. 512: how many connections a process has open."""
    return [
        str(BIN / "granian"), "--interface", "asginl", "--http", "1", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--backpressure", "512", "--http1-header-read-timeout", "5000", "--no-ws",
        "--log-level", "warning", app,
    ]


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(port: int, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()


if __name__ == "__main__":
    sys.exit(main())
