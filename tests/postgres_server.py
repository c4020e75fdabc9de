"""A real PostgreSQL on a free local port."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tests.processes import lives, wait_until
from webapp.store.database import migrate

PASSWORD = "canary-postgres-0815"
TEMPLATE = "omni_template"
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
SETTINGS = {"max_connections": "200", "unix_socket_directories": ""}


class PostgresServer:
    """A server that can be stopped hard, or asked to, and started again with what it holds."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self._folder = folder
        self._settings = SETTINGS | {"fsync": "on" if fsync else "off"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._names = (f"test_{number}" for number in count(1))
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()

    def start(self) -> None:
        options = [
            word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")
        ]
        words = _as_its_user("postgres", "-D", str(self._folder / "data"), "-p", str(self.port))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*words, *options], stdout=log, stderr=log)
        wait_until(self._answers)

    def stop(self, *, hard: bool = False) -> None:
        """End it: connections are cut, what was committed stays."""
        if self._process is None:
            return
        if hard:
            _kill_all(self._process.pid)
        else:
            self._process.send_signal(signal.SIGINT)  # which it calls "fast"
        self._process.wait()

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://omni:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database with our tables, of the test's own."""
        name = next(self._names)
        self._say(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield self.url(name)
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The same, before anybody made tables."""
        name = next(self._names)
        self._say(f"CREATE DATABASE {name}")
        yield self.url(name)
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> None:
        """Migrate once: to copy takes a tenth of the time."""
        self._say(f"CREATE DATABASE {TEMPLATE}")
        migrate(self.url(TEMPLATE))

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        shutil.chown(password, *_owner())
        words = ["-D", str(self._folder / "data"), "-U", "omni", "--pwfile", str(password)]
        words += ["-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run(_as_its_user("initdb", *words), check=True, stdout=subprocess.DEVNULL)

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self._say("SELECT 1")
            return True
        return False


def _kill_all(pid: int) -> None:
    """A server and its children at once: while one of these lives, no other server starts."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    wait_until(lambda: not any(map(lives, map(int, children))))


def _owner() -> tuple[int, int]:
    """Whose the server is: root's it must not be."""
    entry = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return entry.pw_uid, entry.pw_gid


def _as_its_user(program: str, *words: str) -> list[str]:
    path = next((found for folder in DEBIAN if (found := folder / program).exists()), program)
    uid, gid = _owner()
    change = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"]
    return [*(change if os.getuid() == 0 else ()), str(path), *words]


@contextmanager
def postgres_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """A server that runs meanwhile; tests do not ask whether it survives a power cut."""
    # Not in a folder of pytest's: only we may enter those.
    with tempfile.TemporaryDirectory(prefix="omni-postgres-") as name:
        shutil.chown(name, *_owner())
        server = PostgresServer(Path(name), fsync=fsync)
        server.start()
        try:
            yield server
        finally:
            server.stop()
