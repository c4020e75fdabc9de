"""`omni serve`: web pages and runner under one roof."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

import click

from webapp import logs
from webapp.cli.settings import settings_or_exit
from webapp.domain.errors import OmniError
from webapp.settings import LOOPBACK, ROOT, BadSettings, Settings, private_folder

RUNNER = (sys.executable, "-m", "webapp.cli", "runner")
# What whoever visits right after the start does comes first.
STALE = ("nice", "-n", "19", sys.executable, "-m", "webapp.cli", "stale", "--quiet")
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"))
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PROBE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
BACKLOG = 2048
PROBE_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0  # a runner that lived this long has recovered: the next pause is short again
END_S = 40.0  # gunicorn lets requests end within 30 s, the runner lets calls end within 20 s

log = logging.getLogger(__name__)


@click.command(name="serve")
def command() -> None:
    """Start the workbench: web pages and runner.

    Ctrl-C or SIGTERM ends both; running calls may end within 20 s, a second Ctrl-C hands them back.
    """
    settings = settings_or_exit()
    try:
        with _only_serve(settings.data_dir), _listener(settings) as listener:
            logs.configure(settings)
            _open_once(settings)
            code = asyncio.run(_House().keep(listener, _url(settings, listener)))
    except (BadSettings, OmniError) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(code)


class _House:
    """The web server and the runner, from their start to their end."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._children: list[Process] = []

    async def keep(self, listener: socket.socket, url: str) -> int:
        """Run until told to stop, or until the web server ends; gives the exit code."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._end)
        address = listener.getsockname()[:2]
        web = await self._start_web(listener)
        listener.close()  # so that the port is free as soon as gunicorn is gone
        web_ends = asyncio.create_task(web.wait())
        runner_ends = asyncio.create_task(self._keep_runner())
        ready = asyncio.create_task(self._open(address, url))
        told = asyncio.create_task(self._stop.wait())
        await asyncio.wait([web_ends, told], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        is_told = self._stop.is_set()
        if not is_told:
            log.error("the web server ended with code %s", web.returncode)
            self._end()
        await self._ended([web_ends, runner_ends])
        return 0 if is_told else 1

    async def _start_web(self, listener: socket.socket) -> Process:
        number = listener.fileno()
        words = (*GUNICORN, "--bind", f"fd://{number}", "wsgi:app")
        return await self._start("TERM", words, pass_fds=(number,))

    async def _open(self, address: tuple[str, int], url: str) -> None:
        """Say that pages can be visited, and only then look at what another version made."""
        await _say_when_ready(address, url)
        await self._start("KILL", STALE)

    async def _keep_runner(self) -> None:
        """Start a runner, and another whenever it dies, with growing pauses."""
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            started = time.monotonic()
            code = await (await self._start("KILL", RUNNER)).wait()
            if self._stop.is_set():
                return
            if time.monotonic() - started > STEADY_S:
                pause_s = FIRST_PAUSE_S
            log.warning("the runner ended with code %d; another starts in %g s", code, pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _start(
        self, death_signal: str, words: tuple[str, ...], pass_fds: tuple[int, ...] = ()
    ) -> Process:
        # In a session of its own: Ctrl-C is for us, who pass it on once; to the runner a second
        # signal means hurry. The death signal is tied to the thread that starts the child, which
        # is the main thread here, even where asyncio waits for children in others.
        setpriv = shutil.which("setpriv")
        guard = (setpriv, "--pdeathsig", death_signal, "--") if setpriv else ()
        child = await asyncio.create_subprocess_exec(
            *guard, *words, cwd=ROOT, pass_fds=pass_fds, start_new_session=True
        )
        self._children.append(child)
        if self._stop.is_set():
            child.terminate()
        return child

    def _end(self) -> None:
        """Ask every child to end; asked twice, the runner hands its jobs back at once."""
        self._stop.set()
        for child in self._living():
            child.terminate()

    def _living(self) -> list[Process]:
        return [child for child in self._children if child.returncode is None]

    async def _ended(self, tasks: list[asyncio.Task[int] | asyncio.Task[None]]) -> None:
        await asyncio.wait(tasks, timeout=END_S)
        for child in self._living():
            log.warning("process %d does not end; killing it", child.pid)
            child.kill()
        await asyncio.wait(tasks)


@contextlib.contextmanager
def _only_serve(data_dir: Path) -> Iterator[None]:
    """Hold the lock of the data folder; BadSettings where another holds it."""
    with (private_folder(data_dir) / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            sentence = f"Another omni serve (pid {lock.read()}) uses this data folder."
            raise BadSettings(sentence) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _listener(settings: Settings) -> socket.socket:
    """A socket that listens already, so that nobody can take the port meanwhile."""
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {port} is in use: set OMNI_PORT to another one, or to 0 for any."
        else:
            sentence = f"OMNI_HOST {host}, OMNI_PORT {port}: this machine cannot listen there."
        raise BadSettings(sentence) from None


def _open_once(settings: Settings) -> None:
    """Find out before anything starts whether the database can be used; a file is migrated."""
    from webapp.store.database import open_store

    open_store(settings.database).close()


def _url(settings: Settings, listener: socket.socket) -> str:
    """What to type into a browser."""
    host = settings.host if settings.host in LOOPBACK else settings.allowed_hosts[0]
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


async def _say_when_ready(address: tuple[str, int], url: str) -> None:
    await _first_answer(address)
    click.echo(f"Omni-Architect is ready: {url}  (Ctrl-C stops it)")
    if address[0] not in LOOPBACK:
        click.echo("There are no accounts: whoever reaches this address can use it.")


async def _first_answer(address: tuple[str, int]) -> None:
    """Wait for a page: until a worker lives, the connection stands in the socket's queue."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(PROBE)
            status = await reader.readline()
            writer.close()
            if b" 200 " in status:
                return
        await asyncio.sleep(PROBE_S)
