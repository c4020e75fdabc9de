"""What answers have shown of models: how long they are, and how many tokens a prompt has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, case, select, update

from webapp.domain.batch import ModelChoice
from webapp.store import blobs
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
    if not rows:
        return
    none = dict.fromkeys(_SUMS, 0) | {"least_output": 2**31 - 1, "most_output": 0}
    connection.execute(
        blobs.insert_missing(connection, model_stat),
        [dict(zip(_KEYS, key, strict=True)) | none for key in sorted(rows)],
    )
    connection.execute(
        _ADDED,
        [
            {f"of_{name}": value for name, value in zip(_KEYS, key, strict=True)}
            | {f"d_{name}": value for name, value in rows[key].items()}
            for key in sorted(rows)
        ],
    )


def _count(row: dict[str, Any], seen: Seen) -> None:
    row["answers"] = row.get("answers", 0) + 1
    for name in ("prompt_bytes", "input_tokens", "output_tokens"):
        row[name] = row.get(name, 0) + getattr(seen, name)
    row["least_output"] = min(row.get("least_output", seen.output_tokens), seen.output_tokens)
    row["most_output"] = max(row.get("most_output", 0), seen.output_tokens)


_LEAST: BindParameter[int] = bindparam("d_least_output", type_=Integer)
_MOST: BindParameter[int] = bindparam("d_most_output", type_=Integer)
_ADDED = (
    update(model_stat)
    .where(*(model_stat.c[name] == bindparam(f"of_{name}") for name in _KEYS))
    .values(
        {model_stat.c[name]: model_stat.c[name] + bindparam(f"d_{name}") for name in _SUMS}
        | {
            model_stat.c.least_output: case(
                (model_stat.c.least_output > _LEAST, _LEAST), else_=model_stat.c.least_output
            ),
            model_stat.c.most_output: case(
                (model_stat.c.most_output < _MOST, _MOST), else_=model_stat.c.most_output
            ),
        }
    )
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
