"""Whether the artifacts of one batch agree: on ports, images, users, variables and names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from webapp.artifacts.checks import findings
from webapp.artifacts.statements import Statement, Statements, Topic, read_statements
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MOST_NAMED = 5
SEVERITY = {
    "consistency/port": Severity.WARNING,
    "consistency/image": Severity.WARNING,
    "consistency/user": Severity.WARNING,
    "consistency/probe": Severity.WARNING,
    "consistency/env": Severity.WARNING,
    "consistency/secret": Severity.WARNING,
    "consistency/scrape": Severity.WARNING,
    "consistency/runtime": Severity.WARNING,
}
# On these two artifacts agree if they have anything in common; one that says nothing agrees.
_SHARED = {
    Topic.PORT: ("consistency/port", "port"),
    Topic.IMAGE: ("consistency/image", "image"),
    Topic.USER: ("consistency/user", "user"),
    Topic.PROBE: ("consistency/probe", "health route"),
    Topic.SECRET: ("consistency/secret", "Secret"),
    Topic.RUNTIME: ("consistency/runtime", "runtime"),
}
# Set for the container itself, by image or platform: nobody has to repeat them.
_OWN = frozenset({"PORT", "PATH", "HOME", "LANG", "TZ", "NODE_ENV", "RAILS_ENV", "RACK_ENV"})
_OWN_STARTS = ("PYTHON", "PIP_", "JAVA_", "ASPNETCORE_", "DOTNET_", "OTEL_", "POD_", "NODE_OPTIONS")
# Which give a container its variables in a form that can be read; a Dockerfile has only defaults.
_DEPLOYING = frozenset({"compose", "kubernetes", "kustomize"})


@dataclass(frozen=True, slots=True)
class Part:
    """One artifact of a batch; those for different targets of a kind stand beside each other."""

    kind: str
    files: Sequence[ArtifactFile]


@dataclass(frozen=True, slots=True)
class _Read:
    key: str
    kind: str
    said: Statements

    def on(self, topic: Topic) -> tuple[Statement, ...]:
        return self.said.get(topic, ())


def disagreements(parts: Mapping[str, Part]) -> dict[str, list[Finding]]:
    """What each part says otherwise than another, by its key; each finding names both places.

    Every disagreement is a finding on both sides. Parts of one kind are not compared with each
    other: they are alternatives.
    """
    read = [
        _Read(key, one.kind, read_statements(one.kind, one.files)) for key, one in parts.items()
    ]
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for one, other in combinations(read, 2):
        if one.kind != other.kind:
            for rule, mine, theirs, what in _differing(one, other):
                found[one.key].append(_finding(rule, mine, theirs, what))
                found[other.key].append(_finding(rule, theirs, mine, what))
    return {key: list(dict.fromkeys(each)) for key, each in found.items()}


Difference = tuple[str, Statement, Statement, str]


def _differing(one: _Read, other: _Read) -> Iterator[Difference]:
    for topic, (rule, what) in _SHARED.items():
        yield from _apart(rule, what, one.on(topic), other.on(topic))
    yield from _scraped(one, other)
    yield from _turned(_scraped(other, one))
    if {one.kind, other.kind} <= _DEPLOYING:
        yield from _variables(one, other)
        yield from _turned(_variables(other, one))


def _turned(found: Iterator[Difference]) -> Iterator[Difference]:
    """The same differences as the other side sees them."""
    return ((rule, theirs, mine, what) for rule, mine, theirs, what in found)


def _apart(
    rule: str, what: str, mine: Sequence[Statement], theirs: Sequence[Statement]
) -> Iterator[Difference]:
    """Two that have nothing in common, by their first statements."""
    if mine and theirs and not any(_is_alike(a.value, b.value) for a in mine for b in theirs):
        yield rule, mine[0], theirs[0], what


def _is_alike(one: str, other: str) -> bool:
    """Whether two values are the same; a version may be told more exactly, or another thing's."""
    if one == other:
        return True
    (language, _, version), (named, _, told) = one.partition(" "), other.partition(" ")
    if not (version and told):
        return False
    parts = zip(version.split("."), told.split("."), strict=False)
    return language != named or all(a == b for a, b in parts)


def _scraped(one: _Read, other: _Read) -> Iterator[Difference]:
    """What is scraped, and the ports there really are where the name is one of a service."""
    names = {said.value: said for said in other.on(Topic.SERVICE)}
    ports = other.on(Topic.PORT)
    for target in one.on(Topic.SCRAPE):
        host, _, port = target.value.rpartition(":")
        service = names.get(host.partition(".")[0])
        if service and ports and port.isdecimal() and port not in {said.value for said in ports}:
            yield "consistency/scrape", target, ports[0], "scraped port"


def _variables(one: _Read, other: _Read) -> Iterator[Difference]:
    """What one gives the application and the other does not, as one difference."""
    given = {said.value: said for said in one.on(Topic.ENV)}
    others = {said.value for said in other.on(Topic.ENV)}
    lacking = [name for name in given if name not in others and not _is_own(name)]
    place = other.on(Topic.IMAGE)
    # Of several applications nobody can tell here whose variables these are.
    is_of_one = len({said.value for said in one.on(Topic.IMAGE)}) <= 1
    if is_of_one and lacking and place and "*" not in others | given.keys():
        names = ", ".join(lacking[:MOST_NAMED])
        more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
        without = Statement(Topic.ENV, f"no {names}{more}", place[0].path, place[0].line)
        here = given[lacking[0]]
        with_it = Statement(Topic.ENV, f"{names}{more}", here.path, here.line)
        yield "consistency/env", with_it, without, ""


def _is_own(name: str) -> bool:
    return name in _OWN or name.startswith(_OWN_STARTS)


def _finding(rule: str, mine: Statement, theirs: Statement, what: str) -> Finding:
    if rule == "consistency/env":
        message = (
            f"The application is given {mine.value} here, and {theirs.value} in {theirs.place}."
        )
        return findings.make(SEVERITY, rule, mine.path, mine.line, message)
    message = (
        f"The {what} here is {findings.shortened(mine.value)}, and in {theirs.place} it is "
        f"{findings.shortened(theirs.value)}."
    )
    return findings.make(SEVERITY, rule, mine.path, mine.line, message)
