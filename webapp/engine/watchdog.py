"""Ends a runner whose loop stands still, so that another can take over."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BEAT_S = 1.0
LONGEST_SILENCE = 20  # beats that may be missed
STUCK = 70  # the exit code

log = logging.getLogger(__name__)


class _Watchdog:
    """Counts what is missed instead of seconds: a process that was frozen missed nothing."""

    def __init__(self) -> None:
        self._missed = 0
        self._loop_thread = threading.get_ident()
        self._over = threading.Event()

    async def beat(self) -> None:
        while True:
            self._missed = 0
            await asyncio.sleep(BEAT_S)

    def watch(self) -> None:
        while not self._over.wait(BEAT_S):
            self._missed += 1
            if self._missed > LONGEST_SILENCE:
                log.critical(
                    "the runner has stood still at %s for %d s: it ends, so that another can start",
                    self._place(),
                    LONGEST_SILENCE,
                )
                os._exit(STUCK)  # nothing else reaches a loop that stands still

    def stop(self) -> None:
        self._over.set()

    def _place(self) -> str:
        frame = sys._current_frames()[self._loop_thread]
        return f"{frame.f_code.co_qualname}, line {frame.f_lineno}"


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """End the process with code 70 where the loop stands still for 20 s within this block."""
    watchdog = _Watchdog()
    beating = asyncio.create_task(watchdog.beat())
    threading.Thread(target=watchdog.watch, name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        watchdog.stop()
        beating.cancel()
