"""From the text of an answer to an artifact: its files, what the checks say of them, its score."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from webapp.artifacts import catalogue, full
from webapp.artifacts.base import Kind
from webapp.artifacts.honoured import honoured
from webapp.artifacts.parse import NoFiles, Parsed, parse_answer
from webapp.artifacts.prompt import read_facts
from webapp.artifacts.score import score
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import Facts


def examine(
    kind_name: str,
    endpoint: str,
    text: str,
    facts: str | None = None,
    *,
    uses_full: bool = False,
) -> Artifact:
    """The artifact in an answer; one without files has a finding that says why.

    `facts` are those it has to honour, as `written_facts` wrote them. Pure: the same answer always
    gives the same artifact. Takes from under a millisecond to some seconds, by the checks of the
    kind; `uses_full` asks those of the extra too, where it is installed, which take up to a minute.
    """
    kind = catalogue.KINDS[kind_name]
    try:
        # A free text is not looked into: the whole answer is its one file.
        single_path = None if kind.check else kind.expected[0]
        parsed = parse_answer(text, kind.expected, single_path=single_path)
    except NoFiles as nothing:
        finding = Finding("answer/no-files", Severity.ERROR, "", None, nothing.sentence)
        return Artifact((), (), (finding,), score=0)
    if kind.check is None:
        return Artifact(parsed.files, parsed.notes, parsed.findings)
    findings = (*parsed.findings, *_checked(kind, parsed.files, uses_full=uses_full))
    if endpoint == BLUEPRINT:
        artifact = Artifact(parsed.files, (), (*findings, *_left_open(parsed)))
    else:
        artifact = Artifact(parsed.files, parsed.notes, findings)
    return _judged(kind_name, artifact, facts)


def _judged(kind: str, artifact: Artifact, facts: str | None) -> Artifact:
    """The artifact with the facts it honours, and its score."""
    known, *others = (read_facts(facts) if facts else ()) or (Facts(),)
    found = honoured(kind, artifact.files, known, others)
    judged = replace(
        artifact, findings=(*artifact.findings, *found.findings), honoured=found.checked
    )
    return replace(judged, score=score(judged.findings, 0, judged.honoured, is_whole=True))


def _checked(kind: Kind, files: Sequence[ArtifactFile], *, uses_full: bool) -> Sequence[Finding]:
    if kind.check is None:
        return ()
    return full.check(kind, files) if uses_full else kind.check(files)


def _left_open(parsed: Parsed) -> Iterator[Finding]:
    """What the blueprint did not know is a finding, not a guess."""
    path = parsed.files[0].path
    return (Finding("blueprint/unknown", Severity.NOTE, path, None, note) for note in parsed.notes)
