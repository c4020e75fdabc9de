"""The slots of an endpoint, shared by runners over one PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.engine.endpoints import endpoint
from tests.postgres_server import PostgresServer
from tests.processes import DEADLINE_S
from webapp.domain.batch import ModelChoice
from webapp.engine.pacer import Pacer
from webapp.engine.place import Ending
from webapp.engine.shares import Shares

MODEL = ModelChoice("a", "m")
CALL_S = 0.02


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


class Endpoint:
    """Counts the calls of each runner, and how many there are at once."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.in_flight = 0
        self.peak = 0
        self._changed = asyncio.Condition()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds after a call."""
        async with asyncio.timeout(DEADLINE_S), self._changed:
            await self._changed.wait_for(condition)

    async def call(self, who: str) -> None:
        self.calls[who] += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(CALL_S)
        finally:
            self.in_flight -= 1
        async with self._changed:
            self._changed.notify_all()


class Runner:
    """Lanes that call again and again."""

    def __init__(self, name: str, cap: int, url: str, at: Endpoint) -> None:
        self._name, self._at = name, at
        self._pacer = Pacer([endpoint("a", cap)], is_shared=True)
        self._tasks = [asyncio.create_task(Shares(self._pacer, url).keep())]

    def work(self, lanes: int) -> None:
        self._tasks += [asyncio.create_task(self._lane(number)) for number in range(lanes)]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lane(self, number: int) -> None:
        while True:
            (slot,) = await self._pacer.acquire([MODEL], number, "batch")
            await self._pacer.start(slot, 0)
            await self._at.call(self._name)
            self._pacer.ended(slot, Ending(was_let_in=True), None)
            self._pacer.go_on(slot, (), number)


@pytest.mark.parametrize(("cap", "runners"), [(4, 2), (3, 2), (1, 2), (2, 3)])
def test_runners_never_exceed_the_cap_and_none_starves(
    database_url: str, cap: int, runners: int
) -> None:
    async def contend() -> None:
        at = Endpoint()
        all_of_them = [Runner(str(n), cap, database_url, at) for n in range(runners)]
        all_of_them[0].work(8)
        await at.until(lambda: at.peak == cap)
        for runner in all_of_them[1:]:
            runner.work(8)
        await at.until(lambda: len(at.calls) == runners and min(at.calls.values()) >= 10)
        for runner in all_of_them:
            await runner.end()
        assert at.peak == cap

    asyncio.run(contend())


def test_what_a_runner_does_not_need_any_more_another_gets_whole(database_url: str) -> None:
    async def hand_over() -> None:
        at = Endpoint()
        first, second = (Runner(name, 4, database_url, at) for name in ("first", "second"))
        first.work(8)
        await at.until(lambda: at.calls["first"] >= 10)
        await first.end()
        at.peak = 0
        second.work(8)
        await at.until(lambda: at.peak == 4)
        await second.end()

    asyncio.run(hand_over())
