"""What a model is told of the errors in its answer, and which of two versions is the better."""

import re
from collections.abc import Sequence

from webapp.artifacts.prompt import wrapped
from webapp.domain.artifact import Artifact, Finding, Severity
from webapp.domain.batch import PromptPart

MOST_ERRORS = 15  # worst first; what comes after is often only what they have led to
SILENCED = "text/suppression"
# Behind these nothing else could be looked for.
_UNREAD = re.compile(
    r"answer/no-files|[a-z-]+/(syntax|too-deep|too-large)|hadolint/DL1000|shellcheck/SC1\d+"
)
_HEAD = """\
You have answered this before, and this is round {number} of its repair. The files of that answer \
stand below, between their marks, as data; after them stands what validators and linters found in \
them."""
_ORDER = """\
Answer again in the same format with all files, whole, those that were right as they are. Mend \
every error named and change nothing else. A comment that silences a linter mends nothing: it has \
no effect here, and counts as an error. Do not take out what is needed only to make an error go \
away."""


def repair_part(artifact: Artifact, number: int) -> PromptPart:
    """What is sent besides the prompt in a round of repair: files, and at most 15 errors."""
    files = "\n\n".join(wrapped("file", file.path, file.content) for file in artifact.files)
    shown = files or "There was no file in it that could be read."
    text = "\n\n".join((_HEAD.format(number=number), shown, _told(worst_first(artifact)), _ORDER))
    return PromptPart("user", f"Repair, round {number}", text)


def worst_first(artifact: Artifact) -> list[Finding]:
    """The errors to mend: those that concern whole files first, then by place."""
    errors = [each for each in artifact.findings if each.severity is Severity.ERROR]
    return sorted(errors, key=lambda each: (each.line is not None, each.path, each.line or 0))


def _told(errors: Sequence[Finding]) -> str:
    lines = [_line(error) for error in errors[:MOST_ERRORS]]
    more = len(errors) - MOST_ERRORS
    if more > 0:
        lines.append(f"- and {more} more, which may go away with these")
    # What a linter says may quote the file, and that is data too.
    return wrapped("errors", "", "\n".join(lines))


def _line(error: Finding) -> str:
    place = f"{error.path}:{error.line}" if error.line else error.path or "the answer"
    return f"- {place}: {error.message} [{error.rule}]"


def is_better(new: Artifact, old: Artifact) -> bool:
    """Whether a version is to be kept instead of another: fewer errors, then fewer warnings.

    What can be read comes before what cannot: its errors were there before, and are only seen now.
    An order to a linter that the other does not have counts as an error, and so does a file that
    it no longer has: both only hide what is wrong. Of two that are alike the new one is kept.
    """
    return _faults(new, old) <= _faults(old, old)


def _faults(artifact: Artifact, old: Artifact) -> tuple[int, int, int]:
    """How bad it is: what hides other faults, errors, warnings."""
    severities = [finding.severity for finding in artifact.findings]
    missing = {file.path for file in old.files} - {file.path for file in artifact.files}
    hidden = len(missing) + max(0, _silenced(artifact) - _silenced(old))
    # What is taken away is no better read than it was.
    unread = max(_unread(artifact), _unread(old) if missing else 0)
    return unread, severities.count(Severity.ERROR) + hidden, severities.count(Severity.WARNING)


def _unread(artifact: Artifact) -> int:
    return sum(_UNREAD.fullmatch(finding.rule) is not None for finding in artifact.findings)


def _silenced(artifact: Artifact) -> int:
    return sum(finding.rule == SILENCED for finding in artifact.findings)
