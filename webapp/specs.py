"""Whether a batch can be made: every fault named at its field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from webapp.artifacts import catalogue
from webapp.artifacts.own_files import own_files
from webapp.artifacts.steps import STEPS, no_such_step
from webapp.domain.batch import (
    BLUEPRINT,
    BatchSpec,
    JobSpec,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
)
from webapp.domain.endpoint import Endpoint
from webapp.domain.errors import InvalidSpec
from webapp.domain.limits import (
    HOTTEST,
    LARGEST_SEED,
    LONGEST_BRIEF_BYTES,
    LONGEST_FALLBACK_S,
    MOST_AT_ONCE,
    MOST_JOBS,
    MOST_REPAIR_ROUNDS,
    MOST_SAMPLES,
    MOST_TOKENS,
)
from webapp.domain.project import ProjectFile
from webapp.prices import Prices

MOST_FALLBACKS = 5
MOST_NAMED = 3
NOTHING_TO_START_FROM = (
    "There is no {kind} to start from: choose {kind} too, or add a project that has one."
)
NO_BUDGET = "Budget: give an amount of more than $0, such as 2.50, or leave it empty."


def check(spec: BatchSpec, endpoints: Mapping[str, Endpoint]) -> None:
    """Raise InvalidSpec with a sentence for each field at fault."""
    errors: dict[str, str] = {}
    if not 1 <= spec.concurrency <= MOST_AT_ONCE:
        errors["concurrency"] = f"At once: give a number from 1 to {MOST_AT_ONCE:,}."
    if len(spec.jobs) > MOST_JOBS:
        errors["jobs"] = f"{len(spec.jobs):,} jobs are too many: a batch has at most {MOST_JOBS:,}."
    if not spec.jobs:
        errors["jobs"] = "There is nothing to do: choose a kind and a model."
    errors |= dict(_fallback_faults(spec, endpoints))
    if not 0 <= (spec.repair_rounds or 0) <= MOST_REPAIR_ROUNDS:
        errors["repair_rounds"] = f"Repair rounds: give a number from 0 to {MOST_REPAIR_ROUNDS}."
    if spec.budget_microusd is not None and spec.budget_microusd <= 0:
        errors["budget"] = NO_BUDGET
    for job in spec.jobs:
        for name, sentence in faults(job, endpoints):
            errors.setdefault(name, sentence if job.name is None else f"{job.name}: {sentence}")
    if errors:
        raise InvalidSpec(errors)


def check_budget(budget_microusd: int, spent_microusd: int, held_microusd: int) -> None:
    """Raise InvalidSpec where a budget is spent already, or held for calls of unknown cost."""
    if budget_microusd > spent_microusd + held_microusd:
        return
    said = f"The batch has cost {_usd(spent_microusd)} already"
    if held_microusd:
        said += f", and holds {_usd(held_microusd)} for calls under way or of unknown cost"
    raise InvalidSpec({"budget": f"{said}: give a larger budget to go on."})


def _usd(microusd: int) -> str:
    return f"${microusd / 1_000_000:,.6f}".rstrip("0").rstrip(".")


def check_prices(spec: BatchSpec, prices: Prices) -> None:
    """Raise InvalidSpec where a budget is to hold for models that nobody knows the price of."""
    models = {job.model for job in spec.jobs} | set(spec.fallbacks)
    unknown = sorted(str(model) for model in models if not prices.is_known(model))
    if spec.budget_microusd is not None and unknown:
        raise InvalidSpec(
            {
                "budget": f"The price of {', '.join(unknown[:MOST_NAMED])} is not known, so no "
                "budget can hold: set `price` for its endpoint in omni.toml, or leave the budget "
                "empty."
            }
        )


def _fallback_faults(
    spec: BatchSpec, endpoints: Mapping[str, Endpoint]
) -> Iterator[tuple[str, str]]:
    if len(spec.fallbacks) > MOST_FALLBACKS:
        yield "fallbacks", f"Give at most {MOST_FALLBACKS} models to fall back to."
    if not 1 <= spec.fallback_after_s <= LONGEST_FALLBACK_S:
        yield (
            "fallback_after",
            f"Fall back after: give a number of seconds from 1 to {LONGEST_FALLBACK_S:,}.",
        )
    kinds = {job.kind for job in spec.jobs if not any(_kind_faults(job.kind, job.model))}
    for model in spec.fallbacks:
        for _, sentence in _model_faults(model, endpoints):
            yield "fallbacks", sentence
        for kind in kinds if model.endpoint == BLUEPRINT else ():
            for _, sentence in _kind_faults(kind, model):
                yield "fallbacks", sentence


def faults(job: JobSpec, endpoints: Mapping[str, Endpoint]) -> Iterator[tuple[str, str]]:
    """What is wrong with one job: field and sentence."""
    yield from _brief_faults(job.brief)
    yield from _kind_faults(job.kind, job.model)
    yield from _model_faults(job.model, endpoints)
    params = job.params
    if params.max_tokens is not None and not 1 <= params.max_tokens <= MOST_TOKENS:
        yield "max_tokens", f"Maximum output tokens: give a number from 1 to {MOST_TOKENS:,}."
    if params.temperature is not None and not 0 <= params.temperature <= HOTTEST:
        yield "temperature", f"Temperature: give a number from 0 to {HOTTEST:g}."
    if params.seed is not None and not 0 <= params.seed <= LARGEST_SEED:
        yield "seed", f"Seed: give a whole number from 0 to {LARGEST_SEED:,}."
    if not 1 <= job.sample <= MOST_SAMPLES:
        yield "samples", f"Samples: give a number from 1 to {MOST_SAMPLES}."


def _brief_faults(brief: str) -> Iterator[tuple[str, str]]:
    if not brief.strip():
        yield "brief", "Say in a sentence or two what to build."
    elif len(brief) > LONGEST_BRIEF_BYTES or len(brief.encode()) > LONGEST_BRIEF_BYTES:
        size = len(brief.encode()) // 1000
        yield (
            "brief",
            f"The brief has {size:,} KB; at most 200 KB fit. Shorten it, or upload files.",
        )


def _kind_faults(choice: KindChoice, model: ModelChoice) -> Iterator[tuple[str, str]]:
    kind = catalogue.KINDS.get(choice.kind)
    if kind is None:
        yield (
            "kinds",
            f"There is no kind “{choice.kind}”: choose from {', '.join(catalogue.KINDS)}.",
        )
    elif choice.target is not None and choice.target not in kind.targets:
        yield "kinds", catalogue.no_such_target(kind, choice.target)
    elif choice.target is None and kind.needs_target:
        yield "kinds", catalogue.target_missing(kind)
    elif choice.step is not None:
        yield from _step_faults(choice.kind, choice.step, model)
    elif kind.blueprint is None and model.endpoint == BLUEPRINT:
        yield "kinds", f"The blueprint has no template for {kind.name}: choose a model for it."


def _step_faults(kind: str, step: str, model: ModelChoice) -> Iterator[tuple[str, str]]:
    if sentence := no_such_step(kind, step):
        yield "kinds", sentence
    elif model.endpoint == BLUEPRINT and kind not in STEPS[step].rewrites:
        sentence = f"The blueprint has no template for the step {step} of {kind}: choose a model."
        yield "kinds", sentence


def _model_faults(
    model: ModelChoice, endpoints: Mapping[str, Endpoint]
) -> Iterator[tuple[str, str]]:
    endpoint = endpoints.get(model.endpoint)
    if endpoint is None:
        names = ", ".join(endpoints)
        yield "models", f"There is no provider “{model.endpoint}”: choose from {names}."
    elif endpoint.missing is not None:
        yield "models", f"{endpoint.name} is not set up: set {endpoint.missing} and restart."


def of_row(row: Row[Any]) -> JobSpec:
    """The spec a stored job was made from; its brief is in its receipt."""
    return JobSpec(
        brief="",
        kind=KindChoice(row.kind, row.target, row.step),
        model=ModelChoice(row.endpoint, row.model),
        params=Params(row.max_tokens, row.temperature, row.seed),
        sample=row.sample,
        name=row.name,
    )


def at_once(spec: BatchSpec, endpoints: Sequence[Endpoint]) -> tuple[int, str]:
    """How many jobs run at once, and what sets it."""
    if spec.mode is Mode.SYNC:
        return 1, "sync mode"
    bounds = [(len(spec.jobs), "the number of jobs"), (spec.concurrency, "the batch")]
    caps = [endpoint.cap for endpoint in endpoints]
    if all(cap is not None for cap in caps):
        settings = " and ".join(dict.fromkeys(endpoint.cap_setting for endpoint in endpoints))
        bounds.append((sum(cap or 0 for cap in caps), settings))
    return min(bounds, key=lambda bound: bound[0])


def check_own_files(spec: BatchSpec, files: Sequence[ProjectFile]) -> None:
    """Raise InvalidSpec where a project has nothing for a job that starts from its own files."""
    asked = {(job.kind.kind, job.application) for job in spec.jobs if job.starts_from_project}
    for kind, folder in sorted(asked, key=str):
        if not own_files(catalogue.KINDS[kind], files, folder):
            raise InvalidSpec({"kinds": NOTHING_TO_START_FROM.format(kind=kind)})
