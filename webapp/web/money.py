"""Money as users write it and as pages show it; everywhere else it is whole micro-dollars."""

import re

from flask import Flask

from webapp.domain.errors import InvalidSpec
from webapp.domain.views import AttemptView, BatchView, CostRange, JobView

MICRO = 1_000_000
MOST_NAMED = 3
NO_AMOUNT = "Budget: write an amount in US dollars such as 2.50, with at most 6 decimals."
_AMOUNT = re.compile(r"\$?([0-9]{1,9})(?:\.([0-9]{1,6}))?")


def install(app: Flask) -> None:
    """Give the templates their filters."""
    for function in (dollars, exactly, roughly, cost_range, spent, job_cost, attempt_cost):
        app.add_template_filter(function)


def read_budget(text: str) -> int | None:
    """What a budget field holds, in micro-dollars; None where it is empty. Raises InvalidSpec."""
    if not text.strip():
        return None
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidSpec({"budget": NO_AMOUNT})
    return int(found[1]) * MICRO + int((found[2] or "").ljust(6, "0"))


def dollars(amount: float) -> str:
    """`$0.10`, `$12.00`, `$0.064`: cents, and what is below them only where it is there."""
    whole, _, cents = f"{amount:,.6f}".rstrip("0").partition(".")
    return f"${whole}.{cents:0<2}"


def exactly(microusd: int) -> str:
    """An amount to its last digit, as `dollars` writes it."""
    return dollars(microusd / MICRO)


def roughly(microusd: int) -> str:
    """`$12.35`, `$0.12`, `$0.0034`: to the cent, and two digits of what is less than ten cents."""
    places = 2 if microusd >= MICRO // 10 or not microusd else min(6, 8 - len(str(microusd)))
    return f"${microusd / MICRO:,.{places}f}"


def cost_range(cost: CostRange) -> str:
    """`≈ $0.12 – $0.48`, `free`, and beside what is known the models whose price is not."""
    least, most = roughly(cost.least_microusd), roughly(cost.most_microusd)
    known = f"≈ {least}" if least == most else f"≈ {least} – {most}"
    if not cost.unknown:
        return known if cost.most_microusd else "free"
    more = len(cost.unknown) - MOST_NAMED
    names = ", ".join(cost.unknown[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    unknown = f"price unknown for {names}"
    return f"{known}, {unknown}" if cost.most_microusd else unknown


def spent(batch: BatchView) -> str:
    """`$0.83 of $2.00 + 3 calls of unknown cost`; empty where there is nothing to say of money."""
    parts = []
    if batch.budget_microusd is not None:
        parts.append(f"{roughly(batch.cost_microusd)} of {exactly(batch.budget_microusd)}")
    elif batch.cost_microusd:
        parts.append(roughly(batch.cost_microusd))
    if batch.unpriced:
        calls = "call" if batch.unpriced == 1 else "calls"
        parts.append(f"{batch.unpriced:,} {calls} of unknown cost")
    return " + ".join(parts)


def job_cost(job: JobView) -> str:
    """What the calls of a job cost; empty where that is nothing."""
    known = [roughly(job.cost_microusd)] if job.cost_microusd else []
    return " + ".join(known + ["unknown"] * (job.unpriced > 0))


def attempt_cost(attempt: AttemptView) -> str:
    """What a call cost: a dash for nothing, “unknown” where nobody knows."""
    if attempt.cost_microusd is None:
        return "unknown"
    return exactly(attempt.cost_microusd) if attempt.cost_microusd else "–"
