"""Whether the artifacts of one project agree: what one says of the application, the others hear.

Only what is written is compared. What an artifact leaves open agrees with everything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from webapp.artifacts import consistency_rules as rules
from webapp.artifacts.consistency_rules import Disagreement
from webapp.artifacts.statements import Statement, Statements, Topic, read_statements
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_FINDINGS = 50  # of one member

SEVERITY = {
    "consistency/port": Severity.WARNING,
    "consistency/image": Severity.WARNING,
    "consistency/user": Severity.WARNING,
    "consistency/env": Severity.WARNING,
    "consistency/secret": Severity.WARNING,
    "consistency/probe": Severity.WARNING,
    "consistency/label": Severity.WARNING,
    "consistency/scrape": Severity.WARNING,
    "consistency/service": Severity.WARNING,
    "consistency/runtime": Severity.WARNING,
}


@dataclass(frozen=True)
class Member:
    """One artifact of a batch. `application` is the folder of the one it is for; None for all."""

    kind_name: str
    target: str | None
    files: tuple[ArtifactFile, ...]
    application: str | None = None

    @cached_property
    def said(self) -> Statements:
        """All that it says."""
        return read_statements(self.kind_name, self.files)

    @cached_property
    def parts(self) -> Mapping[str, Statements]:
        """What it says of each workload or service that is the application, by its name."""
        names = dict.fromkeys(one.about for one in self.said.of(Topic.WORKLOAD))
        if len(names) < 2:
            return {next(iter(names), ""): self.said}
        made = self.said.made
        return {name: Statements(tuple(one for one in made if one.about == name)) for name in names}


def disagreements(members: Mapping[str, Member]) -> dict[str, list[Finding]]:
    """Where members contradict each other: for each a finding, a warning that names the other.

    The keys are those of `members`; each has an entry. Two members of one kind, or for different
    applications, are not compared. At most 50 findings each.
    """
    found: dict[str, dict[Finding, None]] = {key: {} for key in members}
    served = {name for one in members.values() for name in one.said.values(Topic.SERVICE)}
    for (key, one), (other_key, other) in combinations(members.items(), 2):
        if _are_comparable(one, other):
            for disagreement in _between(one, other, served):
                found[key][_finding(disagreement, disagreement.one)] = None
                found[other_key][_finding(disagreement, disagreement.other)] = None
    return {key: list(each)[:MAX_FINDINGS] for key, each in found.items()}


def _are_comparable(one: Member, other: Member) -> bool:
    is_same = None in (one.application, other.application) or one.application == other.application
    return one.kind_name != other.kind_name and is_same


def _finding(disagreement: Disagreement, own: Statement) -> Finding:
    rule = f"consistency/{disagreement.rule}"
    return Finding(rule, SEVERITY[rule], own.path, own.line, disagreement.sentence)


def _between(one: Member, other: Member, served: set[str]) -> Iterator[Disagreement]:
    for own, theirs, is_sure in _matched(one, other):
        for rule in rules.OF_ONE_APPLICATION:
            yield from _first_of_each(rule(own, theirs, is_sure))
    own, theirs = _for(other, one.said), _for(one, other.said)
    for whole in rules.OF_ALL:
        yield from whole(own, theirs)
    yield from rules.hosts(own, theirs, served)


def _for(asking: Member, said: Statements) -> Statements:
    """What of all jobs concerns the application of a member: those that are named like its folder.

    What describes all applications need not scrape each of them.
    """
    if not asking.application:
        return said
    name = asking.application.rpartition("/")[2]
    made = (one for one in said.made if one.topic is not Topic.JOB or name in one.value)
    return Statements(tuple(made))


def _first_of_each(found: Iterator[Disagreement]) -> list[Disagreement]:
    """One for each thing that is disagreed about, however often it is said."""
    kept: dict[tuple[str, str, str], Disagreement] = {}
    for each in found:
        kept.setdefault((each.rule, each.one.value, each.other.value), each)
    return list(kept.values())


def _matched(one: Member, other: Member) -> Iterator[tuple[Statements, Statements, bool]]:
    """What both say of the same application, and whether it surely is the same.

    Of several, those are the same that have a name or a folder in common. Where none have, and
    nobody says which application a member is for, all that both say is compared at once.
    """
    is_single = len(one.parts) == len(other.parts) == 1
    pairs = [
        (own, theirs)
        for name, own in one.parts.items()
        for other_name, theirs in other.parts.items()
        if _is_same(_Names(name, own, one), _Names(other_name, theirs, other), is_single)
    ]
    yield from ((own, theirs, True) for own, theirs in pairs)
    if not (pairs or is_single or one.application or other.application):
        yield one.said, other.said, False


class _Names:
    """By what an application may be called: its name, and the folders it may lie in."""

    def __init__(self, name: str, part: Statements, member: Member) -> None:
        self.folders = part.values(Topic.SOURCE)
        if member.application is not None:
            self.folders.add(member.application)
        self.names = {name, *(folder.rpartition("/")[2] for folder in self.folders)} - {""}


def _is_same(one: _Names, other: _Names, is_single: bool) -> bool:
    if one.folders and other.folders:
        return bool(one.folders & other.folders)
    return is_single or bool(one.names & other.names)
