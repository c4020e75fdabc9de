"""What answers have shown of models: how long they are, and how many tokens a prompt has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, case, select

from webapp.domain.batch import ModelChoice
from webapp.store.blobs import insert_into
from webapp.store.models import model_stat
from webapp.store.operations import Seen

_KEYS = ("endpoint", "model", "kind")
_SUMS = ("answers", "prompt_bytes", "input_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class ModelStat:
    """What is known of a model's answers for one kind; tokens, over all answers or of one."""

    answers: int
    prompt_bytes: int
    input_tokens: int
    output_tokens: int
    least_output: int
    most_output: int


def add(connection: Connection, seen: Sequence[Seen]) -> None:
    """Count answers in."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in seen:
        _count(rows.setdefault((each.model.endpoint, each.model.model, each.kind), {}), each)
    if rows:
        added = [dict(zip(_KEYS, key, strict=True)) | rows[key] for key in sorted(rows)]
        connection.execute(_adding(connection.dialect.name), added)


def _count(row: dict[str, Any], seen: Seen) -> None:
    row["answers"] = row.get("answers", 0) + 1
    for name in ("prompt_bytes", "input_tokens", "output_tokens"):
        row[name] = row.get(name, 0) + getattr(seen, name)
    row["least_output"] = min(row.get("least_output", seen.output_tokens), seen.output_tokens)
    row["most_output"] = max(row.get("most_output", 0), seen.output_tokens)


@cache
def _adding(dialect: str) -> Insert:
    """Begin a row, or count into the one that is there."""
    insert = insert_into(dialect, model_stat)
    old, new = model_stat.c, insert.excluded
    least = case((new.least_output < old.least_output, new.least_output), else_=old.least_output)
    most = case((new.most_output > old.most_output, new.most_output), else_=old.most_output)
    return insert.on_conflict_do_update(
        index_elements=_KEYS,
        set_={name: old[name] + new[name] for name in _SUMS}
        | {"least_output": least, "most_output": most},
    )


def load(
    connection: Connection, models: Iterable[ModelChoice]
) -> dict[tuple[ModelChoice, str], ModelStat]:
    """What is known of these models, by model and kind."""
    wanted = set(models)
    endpoints = sorted({model.endpoint for model in wanted})
    rows = connection.execute(select(model_stat).where(model_stat.c.endpoint.in_(endpoints)))
    return {
        (ModelChoice(row.endpoint, row.model), row.kind): ModelStat(*row[3:])
        for row in rows
        if ModelChoice(row.endpoint, row.model) in wanted
    }
