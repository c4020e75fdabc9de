"""What an evaluation measured: one line for each model, as a table, as JSON, and for a page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from webapp.artifacts.honoured import honoured
from webapp.domain.artifact import Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.project import Facts
from webapp.domain.views import JobDetail

# An answer that has one of these is not read to its end.
_UNREADABLE = ("answer/", "text/", "yaml/")
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One job of an evaluation, and what is true of the application it is for."""

    project: str
    detail: JobDetail
    truth: tuple[Facts, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a model came to. Costs are in US dollars and None where nobody knows; `seconds` is the
    time of its calls together."""

    model: str
    artifacts: int
    parsed: int
    valid: int
    repaired: int
    rounds: int
    errors: int
    warnings: int
    facts_honoured: int
    facts_asked: int
    disagreements: int
    score: float
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole evaluation; `misses` says in a sentence each which facts were not honoured."""

    projects: int
    kinds: tuple[str, ...]
    lines: tuple[Line, ...]
    misses: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """All of it, for programs and for the page."""
        return asdict(self)


def measure(judged: Sequence[Judged]) -> Measured:
    """The lines in the order of the models, the blueprint's first, and what was missed."""
    by_model: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_model[each.detail.job.instead_of or str(each.detail.job.model)].append(each)
    order = sorted(by_model, key=lambda model: (model != "blueprint", model))
    kinds = dict.fromkeys(str(each.detail.job.kind) for each in judged)
    return Measured(
        len({each.project for each in judged}),
        tuple(kinds),
        tuple(_line(model, by_model[model]) for model in order),
        tuple(sentence for each in judged for sentence in _misses(each)),
    )


def _line(model: str, judged: Sequence[Judged]) -> Line:
    details = [each.detail for each in judged]
    jobs = [detail.job for detail in details]
    rules = [_rules(detail) for detail in details]
    facts = [is_so for each in judged for is_so in _facts(each).values()]
    unpriced = any(job.unpriced for job in jobs)
    return Line(
        model=model,
        artifacts=len(jobs),
        parsed=sum(not any(rule.startswith(_UNREADABLE) for rule in each) for each in rules),
        valid=sum(job.status is JobStatus.SUCCEEDED for job in jobs),
        repaired=sum(job.reason is Reason.REPAIRED for job in jobs),
        rounds=sum(max((each.round for each in d.attempts), default=0) for d in details),
        errors=sum(job.findings[Severity.ERROR] for job in jobs),
        warnings=sum(job.findings[Severity.WARNING] for job in jobs),
        facts_honoured=sum(facts),
        facts_asked=len(facts),
        disagreements=sum(_apart(detail) for detail in details),
        score=round(fmean(job.score or 0 for job in jobs), 1),
        input_tokens=sum(job.input_tokens or 0 for job in jobs),
        output_tokens=sum(job.output_tokens or 0 for job in jobs),
        cost_usd=None if unpriced else sum(job.cost_microusd for job in jobs) / MICRO,
        seconds=round(sum(each.elapsed_s or 0 for d in details for each in d.attempts), 1),
    )


def _rules(detail: JobDetail) -> list[str]:
    """The errors of an artifact by rule; one that is not there has the rule of an empty answer."""
    if detail.artifact is None:
        return ["answer/no-files"]
    errors = (each for each in detail.artifact.findings if each.severity is Severity.ERROR)
    return [each.rule for each in errors]


def _apart(detail: JobDetail) -> int:
    found = detail.artifact.findings if detail.artifact else ()
    return sum(each.rule.startswith("consistency/") for each in found)


def _facts(judged: Judged) -> dict[str, bool]:
    """The facts that its artifact has to show, and whether it does, by what is true."""
    artifact = judged.detail.artifact
    checked: dict[str, bool] = {}
    for facts in judged.truth if artifact else ():
        found = honoured(judged.detail.job.kind.kind, artifact.files, facts) if artifact else None
        for name, is_so in found.checked.items() if found else ():
            checked[name] = is_so and checked.get(name, True)
    return checked


def _misses(judged: Judged) -> Iterable[str]:
    job = judged.detail.job
    place = f"{judged.project}/{job.application}" if job.application else judged.project
    missed = [name for name, is_so in _facts(judged).items() if not is_so]
    return (f"{job.model}: {job.kind} of {place} does not honour {name}" for name in missed)


_HEADINGS = (
    "model", "artifacts", "parse", "valid", "repaired", "rounds", "errors", "warnings",
    "facts honoured", "disagreements", "score", "tokens in", "tokens out", "cost", "call s",
)  # fmt: skip


def markdown(measured: Measured) -> str:
    """The lines as a table in Markdown, and below it what was missed."""
    rows = [_HEADINGS, ("---", *["---:"] * (len(_HEADINGS) - 1))]
    rows += [tuple(map(str, _cells(line))) for line in measured.lines]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    head = (
        f"{measured.projects} projects, {len(measured.kinds)} kinds: {', '.join(measured.kinds)}."
    )
    missed = "\n".join(f"- {sentence}" for sentence in measured.misses) or "No fact was missed."
    return f"{head}\n\n{table}\n\n{missed}\n"


def _cells(line: Line) -> tuple[object, ...]:
    return (
        line.model,
        line.artifacts,
        _share(line.parsed, line.artifacts),
        _share(line.valid, line.artifacts),
        line.repaired,
        line.rounds,
        line.errors,
        line.warnings,
        f"{line.facts_honoured} of {line.facts_asked}",
        line.disagreements,
        f"{line.score:g}",
        f"{line.input_tokens:,}",
        f"{line.output_tokens:,}",
        "unknown" if line.cost_usd is None else f"${line.cost_usd:.4f}",
        f"{line.seconds:g}",
    )


def _share(number: int, total: int) -> str:
    return f"{100 * number / total:.0f} %" if total else "–"
