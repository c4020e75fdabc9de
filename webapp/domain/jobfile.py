"""A job file: JSON Lines, one object a job."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from webapp.domain.batch import JobSpec, KindChoice, ModelChoice, Params
from webapp.domain.errors import JobFileErrors

MOST_LINES = 10_000
MOST_BYTES = 50 * 1024 * 1024
_FIELDS = frozenset(
    {"application", "brief", "kind", "target", "step", "depends_on", "model", "params", "id"}
)
_PARAMS = frozenset({"max_tokens", "temperature", "seed"})
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NO_ID = frozenset({".", "..", "manifest.json"})  # names that a folder of files cannot have


@dataclass(frozen=True, slots=True)
class JobFile:
    """A stored job file."""

    id: str
    name: str
    jobs: tuple[JobSpec, ...]

    @property
    def tally(self) -> list[tuple[str, str, int]]:
        """How many jobs there are by kind and model, the most first."""
        counted = Counter((str(job.kind), str(job.model)) for job in self.jobs)
        return [(kind, model, number) for (kind, model), number in counted.most_common()]


class _Fault(Exception):
    """What is wrong with one line, as the end of a sentence."""


def read_job_file(
    lines: Iterable[bytes], faults: Callable[[JobSpec], Iterable[str]] = lambda _: ()
) -> tuple[JobSpec, ...]:
    """The jobs of a file of at most 10,000 lines and 50 MB; empty lines are passed over.

    A line holds `brief`, `kind` (`KIND` or `KIND@TARGET`), `model`, and perhaps `target`, `params`
    (`max_tokens`, `temperature`, `seed`), `application` (its folder) and `id`. With a `step` a job
    starts from the artifact of the earlier job whose id is `depends_on`, or without that from the
    project's own files. `faults` says in sentences what else is wrong with a job. Raises
    JobFileErrors with all lines at fault.
    """
    jobs: list[JobSpec] = []
    errors: list[str] = []
    folders: dict[str, int] = {}
    named: dict[str, JobSpec] = {}
    for place, (number, line) in enumerate(_bounded(lines), 1):
        try:
            job = _job(line, named)
            # A job without an id puts its files into a folder named by its number.
            folder = job.name or str(place)
            if folders.setdefault(folder, number) != number:
                raise _Fault(f"its id or number, “{folder}”, is that of line {folders[folder]} too")
            jobs.append(job)
            named |= {job.name: job} if job.name else {}
            errors += (f"Line {number:,}: {sentence}" for sentence in faults(job))
        except _Fault as fault:
            errors.append(f"Line {number:,}: {fault}.")
    if not jobs and not errors:
        errors.append("The job file is empty.")
    if errors:
        raise JobFileErrors(errors)
    return tuple(jobs)


def _bounded(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers; JobFileErrors once it is too much."""
    size = 0
    for number, line in enumerate(lines, 1):
        size += len(line)
        if number > MOST_LINES:
            raise JobFileErrors([f"The job file has more than {MOST_LINES:,} lines."])
        if size > MOST_BYTES:
            raise JobFileErrors([f"The job file has more than {MOST_BYTES >> 20} MB."])
        if line.strip():
            yield number, line


def _job(line: bytes, named: Mapping[str, JobSpec]) -> JobSpec:
    fields = _object(line)
    _only(fields, _FIELDS, "field")
    kind = _kind(fields)
    return JobSpec(
        brief=_text(fields, "brief"),
        kind=kind,
        model=_model(fields),
        params=_params(fields.get("params")),
        name=_name(fields),
        application=_application(fields),
        after=_after(fields, kind, named),
    )


def _after(
    fields: dict[str, object], kind: KindChoice, named: Mapping[str, JobSpec]
) -> JobSpec | None:
    """The earlier job whose artifact a job starts from."""
    if fields.get("depends_on") is None:
        return None
    name = _text(fields, "depends_on")
    if kind.step is None:
        raise _Fault("“depends_on” is for a job with a “step”")
    if name not in named:
        raise _Fault(f"“depends_on” names no job above it: “{_shown(name)}”")
    if named[name].kind.base != kind.base:
        raise _Fault(f"it starts from a {kind.base}, and “{name}” makes a {named[name].kind.base}")
    return named[name]


def _object(line: bytes) -> dict[str, object]:
    try:
        fields = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _Fault("this is not UTF-8") from None
    except (ValueError, RecursionError):  # bad syntax, a number of 5,000 digits, 100,000 brackets
        raise _Fault("this is not JSON") from None
    if not isinstance(fields, dict):
        raise _Fault("this is not a JSON object")
    return fields


def _no_constant(word: str) -> object:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _only(fields: dict[str, object], known: frozenset[str], what: str) -> None:
    unknown = sorted(fields.keys() - known)
    if unknown:
        named = ", ".join(sorted(known))
        raise _Fault(f"there is no {what} “{_shown(unknown[0])}”, only {named}")


def _text(fields: dict[str, object], name: str) -> str:
    """A field that must be there and say something."""
    text = fields.get(name)
    if text is None:
        raise _Fault(f"“{name}” is missing")
    if not isinstance(text, str) or not text.strip():
        raise _Fault(f"“{name}” must be a text")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _Fault(f"“{name}” holds half a character (a lone surrogate)")
    return text


def _kind(fields: dict[str, object]) -> KindChoice:
    kind = KindChoice.parse(_text(fields, "kind"))
    target = _same(kind.target, fields, "target")
    return KindChoice(kind.kind, target, _same(kind.step, fields, "step"))


def _same(said: str | None, fields: dict[str, object], name: str) -> str | None:
    """What the kind or a field of its own says; both may, if they say the same."""
    if fields.get(name) is None:
        return said
    text = _text(fields, name)
    if said not in (None, text):
        raise _Fault(f"“kind” and “{name}” name two {name}s, {said} and {text}")
    return text


def _model(fields: dict[str, object]) -> ModelChoice:
    try:
        return ModelChoice.parse(_text(fields, "model"))
    except ValueError as error:
        raise _Fault(str(error).removesuffix(".")) from None


def _name(fields: dict[str, object]) -> str | None:
    name = fields.get("id")
    if name is None:
        return None
    if not isinstance(name, str) or not _ID.fullmatch(name) or name in _NO_ID:
        raise _Fault(
            "“id” must be 1 to 64 letters, digits, dots, dashes and underscores, and none of "
            + ", ".join(sorted(_NO_ID))
        )
    return name


def _application(fields: dict[str, object]) -> str | None:
    if fields.get("application") is None:
        return None
    folder = _text(fields, "application")
    return "" if folder == "." else folder


def _params(given: object) -> Params:
    if given is None:
        return Params()
    if not isinstance(given, dict):
        raise _Fault("“params” must be an object")
    _only(given, _PARAMS, "parameter")
    return Params(
        max_tokens=_whole(given, "max_tokens"),
        temperature=_number(given, "temperature"),
        seed=_whole(given, "seed"),
    )


def _whole(given: dict[str, object], name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Fault(f"“{name}” must be a whole number")
    return value


def _number(given: dict[str, object], name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _Fault(f"“{name}” must be a number")
    try:
        return float(value)
    except OverflowError:
        raise _Fault(f"“{name}” is too large") from None


def _shown(text: str) -> str:
    """A word of the user's, short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:40]}…"
