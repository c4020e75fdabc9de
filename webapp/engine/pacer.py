"""Slots: no endpoint ever has more calls in flight than its cap."""

import asyncio
import bisect
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(order=True, slots=True)
class _Waiter:
    """Someone in line: the first lane of any batch goes before the second lane of any other."""

    lane: int
    arrival: int
    endpoints: frozenset[str] = field(compare=False)
    granted: asyncio.Future[frozenset[str]] = field(compare=False)


class Pacer:
    """Hands out slots of endpoints, by name; a cap of None is no bound."""

    def __init__(self, caps: Mapping[str, int | None]) -> None:
        self.caps = dict(caps)
        self.in_flight = dict.fromkeys(caps, 0)
        self._line: list[_Waiter] = []
        self._arrivals = itertools.count()

    def try_acquire(self, endpoints: Iterable[str], lane: int) -> frozenset[str]:
        """A slot of each of the endpoints that has one to spare, without waiting.

        Whoever stands in line with the same or a lower lane number is not overtaken.
        """
        ahead = [w.endpoints for w in self._line if w.lane <= lane and not w.granted.done()]
        return self._take(frozenset(endpoints).difference(*ahead))

    async def acquire(
        self, endpoints: Iterable[str], lane: int, timeout_s: float | None = None
    ) -> frozenset[str]:
        """Wait until one of the endpoints has a slot; take one of each that has.

        Gives nothing when the time is over.
        """
        wanted = frozenset(endpoints)
        taken = self.try_acquire(wanted, lane)
        return taken or await self._stand_in_line(wanted, lane, timeout_s)

    def release(self, endpoints: Iterable[str]) -> None:
        """Give slots back; who is first in line for them gets them at once."""
        free = set(endpoints)
        for name in free:
            self.in_flight[name] -= 1
        for waiter in self._line:
            if not free:
                return
            if not waiter.granted.done() and (taken := self._take(waiter.endpoints)):
                waiter.granted.set_result(taken)
                free = {name for name in free if self._has_room(name)}

    async def _stand_in_line(
        self, wanted: frozenset[str], lane: int, timeout_s: float | None
    ) -> frozenset[str]:
        granted: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(lane, next(self._arrivals), wanted, granted)
        bisect.insort(self._line, waiter)
        try:
            await asyncio.wait([granted], timeout=timeout_s)
        except asyncio.CancelledError:
            if granted.done():
                self.release(granted.result())
            raise
        finally:
            self._line.remove(waiter)
        return granted.result() if granted.done() else frozenset()

    def _take(self, wanted: frozenset[str]) -> frozenset[str]:
        taken = frozenset(name for name in wanted if self._has_room(name))
        for name in taken:
            self.in_flight[name] += 1
        return taken

    def _has_room(self, name: str) -> bool:
        cap = self.caps[name]
        return cap is None or self.in_flight[name] < cap
