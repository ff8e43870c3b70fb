"""What a process gives up for good: being looked into, rights that it does not have, and calls to the system.

Sources: prctl(2), seccomp(2), libseccomp by its own names of calls.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable

LIBRARY = "libseccomp.so.2"
REFUSE, ALLOW = 0x0005_0000 | errno.EPERM, 0x7FFF_0000
"""SCMP_ACT_ERRNO and SCMP_ACT_ALLOW."""
DUMPABLE, NO_NEW_PRIVILEGES = 4, 38
"""PR_SET_DUMPABLE and PR_SET_NO_NEW_PRIVS."""


def alone() -> None:
    """From now on no program that it begins has more rights than it, and nobody but root looks into it or its children."""
    system = ctypes.CDLL(None, use_errno=True)
    for option, value in ((NO_NEW_PRIVILEGES, 1), (DUMPABLE, 0)):
        if system.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


class Filter:
    """What the system does for a process that has put it on, for good: these calls, by their names, and nothing else.

    A call that this machine does not know by its name, it does not need. Errors: OSError where it has no filter.
    """

    def __init__(self, calls: Iterable[str]) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._rules = ctypes.c_void_p(self._library.seccomp_init(REFUSE))
        for name in calls:
            number = self._library.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:
                _done(self._library.seccomp_rule_add(self._rules, ALLOW, number, 0))

    def put_on(self) -> None:
        _done(self._library.seccomp_load(self._rules))

    def tried(self) -> Filter:
        """Puts it on a child that does nothing else: better none is begun than that each file counts as broken."""
        child = os.fork()
        if not child:
            try:
                self.put_on()
                os._exit(0)
            finally:
                os._exit(1)
        _done(-os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return self


def _done(answer: int) -> None:
    """Errors: OSError."""
    if answer:
        raise OSError(abs(answer), "the filter for what the system does was not put on")
