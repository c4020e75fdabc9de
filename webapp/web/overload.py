"""What pages ask by themselves is put off while more comes than can be answered.

And what comes on an idle connection just before it is closed is still answered.
"""

import select
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from typing import Any, ParamSpec, TypeVar

from gunicorn.workers.gthread import TConn, ThreadWorker

from webapp.web.security import HEADERS, UNLESS_SET

# Somebody at a page sees its rows change that much later; a queue that is longer is one that grows.
LONGEST_WAIT_S = 0.5
RETRY_AFTER_S = 5
TO_END = (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)
ASKED_AGAIN = ("/delta", "/text")  # a page asks for these on its own, and will ask again
SENTENCE = "More requests come than can be answered: nothing is lost, ask again soon."

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _answer() -> bytes:
    lines = [
        "HTTP/1.1 503 Service Unavailable",
        f"Retry-After: {RETRY_AFTER_S}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(SENTENCE)}",
        *(f"{name}: {value}" for name, value in (*HEADERS, *UNLESS_SET)),
    ]
    return "\r\n".join([*lines, "", SENTENCE]).encode()


def _readable(connections: Sequence[TConn]) -> list[TConn]:
    """Those on which something has come."""
    by_number = {conn.sock.fileno(): conn for conn in connections}
    waiting = select.poll()
    for number in by_number:
        waiting.register(number, select.POLLIN)
    return [by_number[number] for number, _ in waiting.poll(0)]


class TimedPool(ThreadPoolExecutor):
    """Threads that know how long what they are given has waited for one of them."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._given = threading.local()

    @property
    def waited_s(self) -> float:
        """For how long what runs in this thread had waited."""
        waited_s: float = self._given.waited_s
        return waited_s

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run a function in a thread that is free, or will be."""
        submitted_at = time.monotonic()

        def run() -> _T:
            self._given.waited_s = time.monotonic() - submitted_at
            return fn(*args, **kwargs)

        return super().submit(run)


class Worker(ThreadWorker):
    """gunicorn's threaded worker, that puts off polls once they have waited for too long.

    The queue gets short again by that, and what somebody waits for is answered: pages, forms,
    probes. It is done here, before there is a request of WSGI, since at three times what can be
    answered two thirds of all go this way.
    """

    tpool: TimedPool
    _answer = _answer()

    def get_thread_pool(self) -> TimedPool:
        """The threads that requests wait for."""
        return TimedPool(self.cfg.threads)

    def init_signals(self) -> None:
        """Listen to signals, and hear of those that came since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_END)

    def murder_keepalived(self, **how: bool) -> None:
        """Close idle connections, but answer what came on them while the loop did something else.

        A worker that stops keeps them for 2 s only, as long as some pages wait between two polls.
        """
        now = time.monotonic()
        kept: Iterable[Any] = self.keepalived_conns
        idle = list(takewhile(lambda conn: conn.timeout <= now, kept))
        if idle:  # else there would be one more system call at each turn of the loop
            for conn in _readable(idle):
                self.on_client_socket_readable(conn, conn.sock)
        super().murder_keepalived(**how)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer a request, or say when to ask again; whether the connection may stay."""
        is_poll = req.method == "GET" and req.path.endswith(ASKED_AGAIN)
        if not is_poll or self.tpool.waited_s <= LONGEST_WAIT_S:
            return bool(super().handle_request(req, conn))
        conn.sock.sendall(self._answer)
        return not req.should_close()
