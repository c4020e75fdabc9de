"""What is left of the allowances of endpoints, by the calls of all runners."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, select
from ulid import ULID

from webapp.domain.batch import ModelChoice
from webapp.store.group import Group, Used
from webapp.store.models import attempt, job
from webapp.store.operations import Allowance

# A call starts at most 2 s after its job was claimed, and calls overtake each other on their way.
WINDOW = timedelta(seconds=62.25)
UNBOUNDED = 2**31 - 1


def tokens_left(
    group: Group, models: Iterable[ModelChoice], allowances: Iterable[Allowance]
) -> Mapping[ModelChoice, int]:
    """The models at which a call may be claimed now, and how many tokens it may use at most.

    A call that alone would take more than the whole allowance goes when nothing else did.
    """
    left = {allowance.endpoint: _left(group, allowance) for allowance in allowances}
    found = {model: left.get(model.endpoint, UNBOUNDED) for model in models}
    return {model: tokens for model, tokens in found.items() if tokens > 0}


def count(group: Group, row: Row[Any]) -> None:
    """A job was claimed in this transaction."""
    if row.endpoint in group.used:
        group.used[row.endpoint].requests += 1
        group.used[row.endpoint].tokens += row.reserve_tokens


def _left(group: Group, allowance: Allowance) -> int:
    if allowance.endpoint not in group.used:
        group.used[allowance.endpoint] = _used(group, allowance.endpoint)
    used = group.used[allowance.endpoint]
    if allowance.requests is not None and used.requests >= allowance.requests:
        return 0
    if allowance.tokens is None or not used.requests:
        return UNBOUNDED
    return allowance.tokens - used.tokens


def _used(group: Group, endpoint: str) -> Used:
    since = ULID.from_datetime(group.now - WINDOW)  # the ids of attempts begin with their time
    tokens = func.coalesce(attempt.c.input_tokens + attempt.c.output_tokens, job.c.reserve_tokens)
    query = (
        select(func.count(), func.coalesce(func.sum(tokens), 0))
        .join_from(attempt, job)
        .where(
            attempt.c.id >= str(since),
            attempt.c.model.startswith(f"{endpoint}:", autoescape=True),
        )
    )
    return Used(*group.connection.execute(query).one())
