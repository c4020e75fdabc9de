"""What a comparison shows, written as a patch with marks."""

from collections.abc import Iterator

from webapp.compare import Comparison, FileDiff, compare
from webapp.domain.artifact import ArtifactFile

MARKS = {False: "{}", True: "[{}]"}


def files(**contents: str) -> tuple[ArtifactFile, ...]:
    """Files by name; a double underscore stands for a slash, a single one for a full stop."""
    return tuple(
        ArtifactFile(name.replace("__", "/").replace("_", "."), content)
        for name, content in contents.items()
    )


def one(old: str, new: str, path: str = "a.txt", **how: bool) -> Comparison:
    """One file before and after."""
    return compare((ArtifactFile(path, old),), (ArtifactFile(path, new),), **how)


def shown(comparison: Comparison) -> list[str]:
    """Each line with its sign, its changed words in brackets; hunks begin with their ranges."""
    return [line for file in comparison.files for line in _lines(file)]


def _lines(file: FileDiff) -> Iterator[str]:
    for hunk in file.hunks:
        yield f"@@ -{hunk.old_start},{hunk.old_size} +{hunk.new_start},{hunk.new_size} @@"
        for block in hunk.blocks:
            for line in block.lines:
                yield line.sign + "".join(MARKS[mark].format(text) for mark, text in line.pieces)
