"""From the text of an answer to an artifact: its files, and what the checks say of them."""

from webapp.artifacts import catalogue
from webapp.artifacts.parse import NoFiles, Parsed, parse_answer
from webapp.domain.artifact import Artifact, Finding, Severity
from webapp.domain.batch import BLUEPRINT


def examine(kind_name: str, endpoint: str, text: str) -> Artifact:
    """The artifact in an answer; one without files has a finding that says why.

    Pure: the same answer always gives the same artifact. Takes from under a millisecond to some
    seconds, by the checks of the kind.
    """
    kind = catalogue.KINDS[kind_name]
    try:
        # A free text is not looked into: the whole answer is its one file.
        single_path = None if kind.check else kind.expected[0]
        parsed = parse_answer(text, kind.expected, single_path=single_path)
    except NoFiles as nothing:
        finding = Finding("answer/no-files", Severity.ERROR, "", None, nothing.sentence)
        return Artifact((), (), (finding,))
    findings = (*parsed.findings, *(kind.check(parsed.files) if kind.check else ()))
    if endpoint == BLUEPRINT:
        return Artifact(parsed.files, (), (*findings, *_left_open(parsed)))
    return Artifact(parsed.files, parsed.notes, findings)


def _left_open(parsed: Parsed) -> list[Finding]:
    """What the blueprint did not know is a finding, not a guess."""
    path = parsed.files[0].path
    return [Finding("blueprint/unknown", Severity.NOTE, path, None, note) for note in parsed.notes]
