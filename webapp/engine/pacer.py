"""Who may call next: slots of models, handed out in turn, at the pace each endpoint takes."""

import asyncio
import bisect
import itertools
import math
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from webapp.domain.batch import ModelChoice
from webapp.domain.endpoint import Endpoint
from webapp.engine.pace import Pace, Pause
from webapp.engine.place import FAULTS, Ending, Place, Slot, is_refusal, until_enough
from webapp.engine.quota import Quota
from webapp.providers.base import RateLimits
from webapp.store.operations import Allowance
from webapp.store.settling import RecentCall

HAND_BACK_S = 2.0  # a claimed job that has to wait for longer goes back to the queue
SHORTEST_S = 0.001
TOLD = timedelta(seconds=0.5)  # a shorter pause is over before anybody reads of it


@dataclass(order=True, slots=True)
class _Waiter:
    """Someone in line: the first lane of any batch goes before the second lane of any other."""

    lane: int
    arrival: int
    models: frozenset[ModelChoice] = field(compare=False)
    batch_id: str = field(compare=False)
    granted: asyncio.Future[tuple[Slot, ...]] = field(compare=False)


class Pacer:
    """Hands out slots: never more in flight than the cap of an endpoint, and none too early."""

    def __init__(self, endpoints: Iterable[Endpoint], *, is_shared: bool = False) -> None:
        """Shared with other runners, it has no slot of an endpoint until it is given one."""
        self.places = {
            each.name: Place(
                each.cap,
                Quota(each.requests_per_minute, each.tokens_per_minute),
                share=0 if is_shared and each.cap is not None else None,
            )
            for each in endpoints
        }
        self.is_shared = is_shared
        self.paces: dict[ModelChoice, Pace] = {}
        self.on_pause: Callable[[], None] = lambda: None
        self.on_demand: Callable[[], None] = lambda: None
        self._pauses: dict[ModelChoice, datetime] = {}
        self._loop = asyncio.get_running_loop()
        self._line: list[_Waiter] = []
        self._wanted: Counter[ModelChoice] = Counter()
        self._arrivals = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def limited(self) -> list[str]:
        """The endpoints that may have only so much in a minute."""
        return [name for name, place in self.places.items() if place.quota.is_set]

    def allowances(self, models: Iterable[ModelChoice]) -> frozenset[Allowance]:
        """What endpoints may take in a minute, where other runners call them too."""
        if not self.is_shared:
            return frozenset()
        names = {model.endpoint for model in models}
        found = ((name, self.places[name].quota) for name in names)
        return frozenset(Allowance(name, *quota.bounds) for name, quota in found if quota.is_set)

    def remember(self, calls: Iterable[RecentCall]) -> None:
        """Count calls in that another runner has made, the oldest first."""
        now, clock = self.now(), datetime.now(UTC)
        for call in calls:
            # A call starts at most so long after its job was claimed.
            ago_s = (clock - call.claimed_at).total_seconds() - HAND_BACK_S
            self.places[call.endpoint].quota.start(call.tokens, now - max(0.0, ago_s))

    def now(self) -> float:
        """The time all paces are kept in."""
        return self._loop.time()

    def pace(self, model: ModelChoice) -> Pace:
        """The pace of a model, which is kept for good."""
        if model not in self.paces:
            self.paces[model] = Pace(self.places[model.endpoint].cap)
        return self.paces[model]

    def cooling(self, model: ModelChoice) -> Pause | None:
        """Why and until when no call to a model may start."""
        return self.pace(model).cooling(self.now())

    def try_acquire(self, models: Iterable[ModelChoice], lane: int) -> tuple[Slot, ...]:
        """A slot of each of the models that has one to spare, without waiting.

        Whoever stands in line with the same or a lower lane number is not overtaken.
        """
        free = self._free(models)
        # Ten batches of a hundred lanes make a line of a thousand: it is not looked through for
        # nothing, and who stands in it is found by halves.
        for waiter in self._line:
            if not free or waiter.lane > lane:
                break
            if not waiter.granted.done():
                free -= waiter.models
        return self._take(free)

    async def acquire(
        self,
        models: Iterable[ModelChoice],
        lane: int,
        batch_id: str,
        timeout_s: float | None = None,
    ) -> tuple[Slot, ...]:
        """Wait until one of the models has a slot; take one of each that has.

        Gives nothing when the time is over, or the lanes of its batch are dismissed.
        """
        wanted = frozenset(models)
        taken = self.try_acquire(wanted, lane)
        return taken or await self._stand_in_line(wanted, lane, batch_id, timeout_s)

    def dismiss(self, batches: Container[str]) -> None:
        """Send the lanes of batches away with nothing: there is nothing to wait for any more."""
        # Not all: a hundred batches have ten thousand lanes in line, and would wake them each time.
        for waiter in self._line:
            if waiter.batch_id in batches and not waiter.granted.done():
                waiter.granted.set_result(())

    def release(self, slots: Iterable[Slot]) -> None:
        """Give slots back whose calls did not start."""
        given = list(slots)
        for slot in given:
            self.pace(slot.model).give_back(slot.turn)
            place = self.places[slot.model.endpoint]
            place.unsent -= 1
            place.let_go(slot)
        if given:
            self.serve()

    def go_on(self, slot: Slot, models: Iterable[ModelChoice], lane: int) -> tuple[Slot, ...]:
        """Leave the slot of a call that has ended for what `try_acquire` gives, if anything.

        In one step: of many lanes whose calls end together each has a slot to go on with.
        """
        self.places[slot.model.endpoint].let_go(slot)
        taken = self.try_acquire(models, lane)
        self.serve()
        return taken

    async def start(self, slot: Slot, tokens: int) -> float:
        """Wait for the turn of a call that may use so many tokens, and start it.

        Gives 0 then. Gives the seconds it would have to wait, and starts nothing, where they are
        too many.
        """
        pace, place = self.pace(slot.model), self.places[slot.model.endpoint]
        while True:
            now = self.now()
            hold_s = max(pace.hold_s(slot.turn, now), place.quota.hold_s(tokens, now))
            if hold_s <= 0:
                pace.start(slot.turn, now)
                place.unsent -= 1
                slot.use = place.quota.start(tokens, now)
                place.retries.call(now)
                return 0.0
            if hold_s > HAND_BACK_S:
                return hold_s
            await asyncio.sleep(max(SHORTEST_S, hold_s))

    def let_in(self, slot: Slot, limits: RateLimits | None) -> None:
        """The answer of a call has begun, with what its headers say."""
        pace, now = self.pace(slot.model), self.now()
        pace.let_in(slot.turn, limits.requests if limits is not None else None, now)
        tokens = limits.tokens if limits is not None else None
        wait_s = until_enough(tokens, slot.use.tokens) if tokens and slot.use else 0.0
        if wait_s > 0:
            pace.hold_off(wait_s, now)
            self._note(slot.model)

    def ended(self, slot: Slot, ending: Ending, tokens: int | None) -> bool:
        """Learn from the end of a call, which has its slot until it is left; whether it probed."""
        pace, place = self.pace(slot.model), self.places[slot.model.endpoint]
        before = pace.pause
        was_probe = self._tell(pace, slot, ending)
        if slot.use is not None:
            place.quota.settle(slot.use, tokens)
        if pace.pause is not before:
            self._note(slot.model)
        return was_probe

    def _note(self, model: ModelChoice) -> None:
        """Keep the time of a pause for the pages, and tell them of one that is worth it."""
        pause = self.cooling(model)
        if pause is None:
            return
        wait = timedelta(seconds=pause.until - self.now())
        until = datetime.now(UTC) + wait
        before = self.until(model)
        self._pauses[model] = until
        is_news = before is None or until - before > TOLD
        if wait > TOLD and is_news:
            self.on_pause()

    def _tell(self, pace: Pace, slot: Slot, ending: Ending) -> bool:
        now, error = self.now(), ending.error
        if error is not None and is_refusal(error):
            requests = error.limits.requests if error.limits is not None else None
            pace.refuse(slot.turn, error.retry_after_s, requests, now)
        elif error is not None and error.kind in FAULTS and not ending.was_let_in:
            return pace.fail(slot.turn, now, is_overloaded=error.is_overloaded)
        else:
            if error is not None and error.http_status is not None and not ending.was_let_in:
                pace.let_in(slot.turn, None, now)  # it answers, though not as one would like
            pace.end(slot.turn, was_let_in=error is None)
        return False

    def retry_s(self, endpoint: str) -> float:
        """Seconds until one more failed call may be tried again there, which counts as done."""
        return self.places[endpoint].retries.retry_s(self.now())

    def until(self, model: ModelChoice) -> datetime | None:
        """When calls to a model may start again; None where they may now."""
        return self._pauses.get(model) if self.cooling(model) is not None else None

    def down_s(self, model: ModelChoice) -> float:
        """For how long the calls to a model have all failed."""
        since = self.pace(model).down_since
        return 0.0 if since is None else self.now() - since

    async def _stand_in_line(
        self, wanted: frozenset[ModelChoice], lane: int, batch_id: str, timeout_s: float | None
    ) -> tuple[Slot, ...]:
        granted: asyncio.Future[tuple[Slot, ...]] = self._loop.create_future()
        waiter = _Waiter(lane, next(self._arrivals), wanted, batch_id, granted)
        bisect.insort(self._line, waiter)
        self._wanted.update(wanted)
        self._set_alarm()
        self.on_demand()
        try:
            await asyncio.wait([granted], timeout=timeout_s)
        except asyncio.CancelledError:
            if granted.done():
                self.release(granted.result())
            raise
        finally:
            del self._line[bisect.bisect_left(self._line, waiter)]
            self._wanted.subtract(wanted)
        return granted.result() if granted.done() else ()

    def demand(self, endpoint: str) -> int:
        """How many slots of an endpoint are in use, or waited for."""
        waiting = sum(
            number for model, number in self._wanted.items() if model.endpoint == endpoint
        )
        return self.places[endpoint].in_flight + waiting

    def serve(self) -> None:
        """Give what is free to those in line, and come back when there may be more."""
        free = self._free(+self._wanted)
        for waiter in self._line:
            if not free:
                break
            if not waiter.granted.done() and (taken := self._take(waiter.models & free)):
                waiter.granted.set_result(taken)
                free = self._free(free)
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        now = self.now()
        wait_s = min((self._wait_s(model, now) for model in +self._wanted), default=math.inf)
        if wait_s < math.inf:
            self._alarm = self._loop.call_later(max(SHORTEST_S, wait_s), self.serve)

    def _free(self, models: Iterable[ModelChoice]) -> frozenset[ModelChoice]:
        now = self.now()
        return frozenset(model for model in models if self._wait_s(model, now) <= 0)

    def _wait_s(self, model: ModelChoice, now: float) -> float:
        place = self.places[model.endpoint]
        if place.is_full:
            return math.inf
        return max(self.pace(model).wait_s(now), place.quota.wait_s(now, claimed=place.unsent))

    def _take(self, wanted: Iterable[ModelChoice]) -> tuple[Slot, ...]:
        taken = []
        for model in sorted(wanted):
            if self._wait_s(model, self.now()) <= 0:
                place = self.places[model.endpoint]
                place.in_flight += 1
                place.unsent += 1
                taken.append(Slot(model, self.pace(model).claim()))
        return tuple(taken)
