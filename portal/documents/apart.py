"""The process that examines files: it begins a child for each, which can work on that file, say one word, and nothing else.

Whoever takes a child over with a hostile file finds none of our secrets in it, and can open no file, begin no program, reach no
network and touch no other process: the system refuses whatever CALLS does not name. Sources: setrlimit(2), `core.confining`.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import warnings

from portal.core.confining import Filter, alone
from portal.documents import examine

MEMORY = 512 * 1024 * 1024
SECONDS = 10
CALLS = (
    "brk", "mmap", "mprotect", "mremap", "munmap", "madvise",
    "futex", "sched_yield", "sched_getaffinity", "sysinfo", "getpid", "gettid", "getrandom", "clock_gettime", "gettimeofday",
    "rt_sigreturn", "restart_syscall",
    "write", "close", "exit", "exit_group",
)
"""Memory, waiting for itself, the time, the word, and its end."""


def serve(link: socket.socket, most_pixels: int, most_pages: int) -> None:
    """Examines each file that is sent, in a child of its own: a message brings where to read it and where to write the word.

    This process has loaded what it takes and reads no file itself. It ends when nobody can send any more.
    """
    alone()
    narrow = Filter(CALLS).tried()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, handles, _flags, _from = socket.recv_fds(link, 1, 2)
        if not message:
            return
        if not os.fork():
            link.close()  # what a file takes over must not receive the next one
            _examine(handles[0], handles[1], narrow, most_pixels, most_pages)
        for handle in handles:
            os.close(handle)


def _examine(file: int, word: int, narrow: Filter, most_pixels: int, most_pages: int) -> None:
    """The child: little memory and time, one word, and its end; without a word the file is a broken one."""
    status = 1
    try:
        for kind, limit in (
            (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 0), (resource.RLIMIT_NPROC, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
        signal.alarm(3 * SECONDS)
        with open(file, "rb") as opened:
            content = opened.read()
        narrow.put_on()
        os.write(word, examine.verdict(content, most_pixels, most_pages).encode())
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Takes as last arguments: the handle of the link, and the limits: dots, pages."""
    warnings.simplefilter("ignore")
    examine.load()
    link, most_pixels, most_pages = map(int, sys.argv[-3:])
    serve(socket.socket(fileno=link), most_pixels, most_pages)
