"""From the text of an answer to an artifact: its files, and what the checks say of them."""

from collections.abc import Sequence

from webapp.artifacts import catalogue, full
from webapp.artifacts.base import Kind
from webapp.artifacts.parse import NoFiles, Parsed, parse_answer
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import BLUEPRINT


def examine(kind_name: str, endpoint: str, text: str, *, uses_full: bool = False) -> Artifact:
    """The artifact in an answer; one without files has a finding that says why.

    Pure: the same answer always gives the same artifact. Takes from under a millisecond to some
    seconds, by the checks of the kind; `uses_full` asks those of the extra too, where it is
    installed, which take up to a minute.
    """
    kind = catalogue.KINDS[kind_name]
    try:
        # A free text is not looked into: the whole answer is its one file.
        single_path = None if kind.check else kind.expected[0]
        parsed = parse_answer(text, kind.expected, single_path=single_path)
    except NoFiles as nothing:
        finding = Finding("answer/no-files", Severity.ERROR, "", None, nothing.sentence)
        return Artifact((), (), (finding,))
    findings = (*parsed.findings, *_checked(kind, parsed.files, uses_full))
    if endpoint == BLUEPRINT:
        return Artifact(parsed.files, (), (*findings, *_left_open(parsed)))
    return Artifact(parsed.files, parsed.notes, findings)


def _checked(kind: Kind, files: Sequence[ArtifactFile], uses_full: bool) -> list[Finding]:
    if kind.check is None:
        return []
    return full.check(kind, files) if uses_full else kind.check(files)


def _left_open(parsed: Parsed) -> list[Finding]:
    """What the blueprint did not know is a finding, not a guess."""
    path = parsed.files[0].path
    return [Finding("blueprint/unknown", Severity.NOTE, path, None, note) for note in parsed.notes]
