"""A throw-away PostgreSQL cluster on a Unix socket, started from the binaries of this machine, stopped by process id."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if not found:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql-15 (make test does it as root)")
    return found[-1].parent


@dataclass
class Cluster:
    """One running server."""

    OPTIONS: ClassVar[str] = "-c fsync=off -c autovacuum=off -c jit=off -c shared_buffers=128MB"

    folder: Path
    binaries: Path
    run_as: list[str]

    @classmethod
    def start(cls) -> Cluster:
        folder, binaries = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))), _binaries()
        run_as: list[str] = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            run_as = ["runuser", "-u", "postgres", "--"]
        made = cls(folder, binaries, run_as)
        made._run("initdb", "-D", f"{folder}/data", "-U", "portal", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        made.begin()
        return made

    def begin(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=200 {self.OPTIONS}"
        self._run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start")

    def halt(self) -> None:
        """As when the power goes; its data stay."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [*self.run_as, str(self.binaries / program), *args], check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=120
        )

    def _do(self, statement: str) -> None:
        with psycopg.connect(f"host={self.folder} user=portal dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, name: str, template: str = "template1") -> str:
        """Makes a database and returns its URL."""
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"postgresql+psycopg://portal@/{name}?host={self.folder}"

    def drop(self, name: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def postmaster(self) -> int:
        """The process that begins a servant for each connection."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)
