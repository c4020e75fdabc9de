"""The slots of endpoints, shared by all runners of a cluster: an advisory lock for each.

PostgreSQL lets go of a lock when the connection that holds it ends, so a dead runner keeps none.
"""

import asyncio
import math
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from webapp.engine.pacer import Pacer
from webapp.engine.place import Place

TICK_S = 0.025
IDLE_S = 0.5  # a slot that nobody has used for so long is given back
ROTATE_S = 1.0  # with fewer slots than runners that want one, each has its turn
YIELD_S = 4 * TICK_S
AGAIN_S = 0.2
CONNECT_S = 5
HUNGRY = 0  # whoever waits for a slot holds this number, which is shared

_TAKE = "SELECT n FROM unnest(%s::int[]) AS n WHERE pg_try_advisory_lock(%s, n) LIMIT %s"
_GIVE_BACK = "SELECT pg_advisory_unlock(%s, n) FROM unnest(%s::int[]) AS n"
_OTHERS = """
    SELECT count(DISTINCT pid), count(*) FILTER (WHERE objid = 0 AND pid <> pg_backend_pid())
    FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
Connection = psycopg.AsyncConnection[Any]


@dataclass(slots=True)
class _Share:
    """What this runner holds of one endpoint."""

    key: int
    place: Place
    held: set[int] = field(default_factory=set)
    is_hungry: bool = False
    used_at: float = 0.0
    yielded_at: float = 0.0  # when it let others have one
    most: int = 0  # for a moment after that

    @property
    def cap(self) -> int:
        """How many slots there are."""
        return self.place.cap or 0


class Shares:
    """Gets slots for calls that wait, and gives back what others want or nobody uses."""

    def __init__(self, pacer: Pacer, url: str) -> None:
        self._pacer = pacer
        self._url = url
        self._asked = asyncio.Event()
        self._shares = {
            name: _Share(zlib.crc32(name.encode()) & 0x7FFFFFFF, place)
            for name, place in pacer.places.items()
            if place.cap is not None
        }
        pacer.on_demand = self._asked.set

    async def keep(self) -> None:
        """Do so for good, over a connection of its own."""
        while True:
            with suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_S
                ) as connection:
                    await self._keep(connection)
            for share in self._shares.values():
                share.held, share.place.share = set(), 0
            await asyncio.sleep(AGAIN_S)

    async def _keep(self, connection: Connection) -> None:
        while True:
            self._asked.clear()
            for name, share in self._shares.items():
                await self._adjust(connection, name, share)
            is_busy = any(share.held or share.is_hungry for share in self._shares.values())
            with suppress(TimeoutError):
                # Not `wait_for`: Python 3.11's may swallow that this task is cancelled.
                async with asyncio.timeout(TICK_S if is_busy else None):
                    await self._asked.wait()

    async def _adjust(self, connection: Connection, name: str, share: _Share) -> None:
        demand = min(share.cap, self._pacer.demand(name))
        if not (demand or share.held):
            return
        runners, hungry = await self._others(connection, share)
        now = time.monotonic()
        if demand >= len(share.held):
            share.used_at = now
        wanted = self._wanted(share, demand, runners, now) if hungry else demand
        share.place.share = min(len(share.held), wanted)
        if wanted > len(share.held):
            await self._take(connection, share, wanted - len(share.held))
        elif hungry or now - share.used_at > IDLE_S:
            await self._give_back(connection, share, max(wanted, share.place.in_flight))
        await self._tell(connection, share, is_hungry=demand > len(share.held))
        if not hungry or wanted >= len(share.held):
            share.place.share = len(share.held)
        self._pacer.serve()

    def _wanted(self, share: _Share, demand: int, runners: int, now: float) -> int:
        """How many slots to keep while others wait for some."""
        fair = min(demand, math.ceil(share.cap / max(1, runners)))
        if share.held and now - share.yielded_at > ROTATE_S:
            share.yielded_at, share.most = now, len(share.held) - 1
        return min(fair, share.most) if now - share.yielded_at < YIELD_S else fair

    async def _others(self, connection: Connection, share: _Share) -> tuple[int, int]:
        """How many runners hold or want slots, and how many others want some."""
        row = await (await connection.execute(_OTHERS, [share.key])).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    async def _take(self, connection: Connection, share: _Share, number: int) -> None:
        free = [n for n in range(1, share.cap + 1) if n not in share.held]
        found = await connection.execute(_TAKE, [free, share.key, number])
        share.held |= {n for (n,) in await found.fetchall()}

    async def _give_back(self, connection: Connection, share: _Share, kept: int) -> None:
        given = [share.held.pop() for _ in range(len(share.held) - kept)]
        if given:
            share.place.share = min(share.place.share or 0, len(share.held))
            await connection.execute(_GIVE_BACK, [share.key, given])

    async def _tell(self, connection: Connection, share: _Share, *, is_hungry: bool) -> None:
        if is_hungry != share.is_hungry:
            share.is_hungry = is_hungry
            act = "pg_advisory_lock_shared" if is_hungry else "pg_advisory_unlock_shared"
            await connection.execute(f"SELECT {act}(%s, %s)".encode(), [share.key, HUNGRY])
