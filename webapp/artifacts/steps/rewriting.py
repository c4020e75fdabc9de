"""What all rewrites share: notes, files that stay as they are, and the checks that decide."""

from collections.abc import Callable, Sequence

from webapp.artifacts.base import BlueprintInput, Check, Template
from webapp.artifacts.blueprint import listed
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.yaml_scalars import Words
from webapp.artifacts.steps.base import Rewrite
from webapp.artifacts.steps.yaml_edit import YamlEdit
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_NOTES = 50
UNREADABLE = "{names} cannot be read without a fault: it stays as it is."
IN_THE_WAY = "{names} cannot be changed in place, or would get too large: it stays as it is."
WORSE = "A check would find more in the changed files than before: they stay as they are."


class Notes:
    """Sentences, each once, with the names of all that it is true of in place of `{names}`."""

    def __init__(self) -> None:
        self._done: dict[str, list[str]] = {}
        self._left: dict[str, list[str]] = {}

    def done(self, sentence: str, name: str = "") -> None:
        """What was changed, and why."""
        self._done.setdefault(sentence, []).append(name)

    def left(self, sentence: str, name: str = "") -> None:
        """What was not changed, or has to be known."""
        self._left.setdefault(sentence, []).append(name)

    def take(self, other: "Notes") -> None:
        """Add the notes of another file."""
        for mine, theirs in ((self._done, other._done), (self._left, other._left)):
            for sentence, names in theirs.items():
                mine.setdefault(sentence, []).extend(names)

    def written(self) -> tuple[str, ...]:
        """All of them, at most 50: first what was changed."""
        filled = [
            sentence.replace("{names}", listed([shortened(name) for name in dict.fromkeys(names)]))
            for notes in (self._done, self._left)
            for sentence, names in notes.items()
        ]
        return tuple(filled[:MAX_NOTES])


class Edit(YamlEdit):
    """One YAML file in hand, with the notes on it."""

    def __init__(self, file: ArtifactFile, words: Words) -> None:
        super().__init__(file, words)
        self.path = file.path
        self.notes = Notes()


Change = Callable[[Sequence[Edit], BlueprintInput], None]


def of_yaml(
    change: Change, check: Check, words: Words, is_chosen: Callable[[str], bool]
) -> Rewrite:
    """A rewrite of the YAML files whose path is chosen; all others stay as they are."""

    def rewrite(files: Sequence[ArtifactFile], given: BlueprintInput) -> Template:
        notes, edits = Notes(), {}
        for number, file in enumerate(files):
            if is_chosen(file.path):
                try:
                    edits[number] = Edit(_with_line_feeds(file), words)
                except ValueError:
                    notes.left(UNREADABLE, file.path)
        change(list(edits.values()), given)
        after = list(files)
        for number, edit in edits.items():
            after[number] = _changed(files[number], edit, notes)
        return kept(check, files, after, notes)

    return rewrite


def _with_line_feeds(file: ArtifactFile) -> ArtifactFile:
    return ArtifactFile(file.path, file.content.replace("\r\n", "\n"))


def _changed(file: ArtifactFile, edit: Edit, notes: Notes) -> ArtifactFile:
    content = edit.result() if edit.is_changed else file.content
    if content is None:
        notes.left(IN_THE_WAY, file.path)
        return file
    notes.take(edit.notes)
    return ArtifactFile(file.path, like(file.content, content) if edit.is_changed else content)


def like(before: str, content: str) -> str:
    """A changed text with the ends of lines that it had before."""
    return content.replace("\n", "\r\n") if "\r\n" in before else content


def kept(
    check: Check, before: Sequence[ArtifactFile], after: Sequence[ArtifactFile], notes: Notes
) -> Template:
    """What was made of files, unless the check of their kind finds more in it than in them."""
    if list(before) == list(after) or not _is_worse(check(before), check(after)):
        return Template(tuple(after), notes.written())
    return Template(tuple(before), (WORSE,))


def _is_worse(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    found = [(_errors(each), len(each)) for each in (before, after)]
    return found[1][0] > found[0][0] or found[1][1] > found[0][1]


def _errors(found: Sequence[Finding]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in found)
