"""Checks run beside the loop, in helper processes: a linter must not hold up a hundred streams."""

import asyncio
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from webapp.artifacts.examine import examine
from webapp.domain.artifact import Artifact, Finding, Severity

HELPERS = 2
TRIES = 2

log = logging.getLogger(__name__)


class Checker:
    """Examines answers in spawned processes; a forked one would inherit the runner's lock."""

    def __init__(self) -> None:
        self._pool = _open_pool()

    async def examine(self, kind: str, endpoint: str, text: str) -> Artifact:
        """The artifact in an answer. An answer that kills its helper "could not be checked"."""
        for _ in range(TRIES):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    pool, examine, kind, endpoint, text
                )
            except BrokenProcessPool:
                log.warning("a check ended its process; another takes over")
                if pool is self._pool:
                    self._pool = _open_pool()
        return Artifact((), (), (_NOT_CHECKED,))

    def close(self) -> None:
        """End the helpers; checks under way are given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)


_NOT_CHECKED = Finding(
    "answer/not-checked",
    Severity.ERROR,
    "",
    None,
    "The answer could not be checked: the check ended its own process twice.",
)


def _open_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(HELPERS, mp_context=multiprocessing.get_context("spawn"))
