"""One commit for many operations: the whole of what a runner writes goes through here."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from webapp.store import chains, claims, clock, comparing, endings, paces, rounds, runners, twins
from webapp.store.group import Group, lock
from webapp.store.moves import apply_moves
from webapp.store.operations import (
    Abandoned,
    Answered,
    Applied,
    Beat,
    Begin,
    Claim,
    Compared,
    Depend,
    Ended,
    Operation,
    Park,
    Progress,
    PutBack,
    Rechecking,
    Repair,
    SetBack,
    Unsent,
)
from webapp.store.prompts import PromptCache


def apply(
    connection: Connection,
    operations: Sequence[Operation],
    prompts: PromptCache,
    runner_id: str,
    *,
    is_again: bool = False,
    is_shared: bool = False,
    call_lanes: Callable[[Connection, str], None],
) -> list[Applied]:
    """Apply what a runner does inside the open transaction; what each gives, in their order.

    Raises `Fenced` if one of several acts under a claim that is over: the transaction is then to be
    rolled back and the operations applied one at a time. Raises `Deposed` if a runner that was
    taken for dead claims anything or says that it lives.
    """
    group = Group(connection, runner_id, call_lanes, is_again, is_shared)
    if any(isinstance(operation, Claim | Beat) for operation in operations):
        runners.take_turns(connection, runner_id)
    ended = [operation for operation in operations if isinstance(operation, Ended)]
    waiting = twins.waiting_for(connection, ended)
    touched = {o.batch_id for o in operations if not isinstance(o, _WITHOUT_BATCH)}
    moved = paces.moved(group, [o for o in operations if isinstance(o, Beat | Park)])
    lock(group, touched | moved | {twin.batch_id for twin in waiting})
    results: dict[int, Applied] = {}
    for kind, handler in _handlers(prompts).items():
        mine = [(place, o) for place, o in enumerate(operations) if isinstance(o, kind)]
        if mine:
            given = handler(group, [operation for _, operation in mine])
            results.update(zip((place for place, _ in mine), given, strict=True))
        if kind is Ended and waiting and all(results[place] for place, _ in mine):
            twins.serve(group, waiting, ended)
    apply_moves(connection, group.moves)
    return [results[place] for place in range(len(operations))]


_WITHOUT_BATCH = (Park, SetBack, Beat)


def _handlers(prompts: PromptCache) -> dict[type, Callable[[Group, Any], list[Applied]]]:
    # In this order: what is put back or served can no longer be claimed wrongly afterwards.
    return {
        Answered: endings.answer,
        PutBack: endings.put_back,
        Unsent: endings.unsent,
        Ended: endings.end,
        Repair: rounds.repair,
        Depend: chains.turn,
        Begin: chains.begin,
        Compared: comparing.compared,
        Rechecking: endings.recheck,
        Abandoned: endings.abandon,
        Progress: endings.progress,
        Park: paces.park,
        SetBack: clock.set_back,
        Beat: paces.beat,
        Claim: lambda group, operations: claims.claim(group, operations, prompts),
    }
