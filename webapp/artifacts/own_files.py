"""The artifacts that a project has already: its own Dockerfile, its own manifests."""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from webapp.artifacts.base import Kind
from webapp.domain.artifact import ArtifactFile
from webapp.domain.project import ProjectFile


def own_files(
    kind: Kind, files: Sequence[ProjectFile], folder: str | None
) -> tuple[ArtifactFile, ...]:
    """The files of a project that are an artifact of a kind, under the names such a one has.

    Those of one folder: that of the application asked for, else the one that has the most of them.
    Empty where there are none.
    """
    found = [file for file in files if _is_of(kind, file) and _is_in(folder, file)]
    folders = Counter(file.path.rpartition("/")[0] for file in found)
    if not folders:
        return ()
    chosen = min(folders, key=lambda each: (-folders[each], each.count("/"), each))
    own = (file for file in found if file.path.rpartition("/")[0] == chosen)
    return tuple(ArtifactFile(_named(kind, file), file.content) for file in own)


def _is_in(folder: str | None, file: ProjectFile) -> bool:
    return not folder or file.path.startswith(f"{folder}/")


def _is_of(kind: Kind, file: ProjectFile) -> bool:
    name = file.path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern.rpartition("/")[2]) for pattern in kind.expected)


def _named(kind: Kind, file: ProjectFile) -> str:
    """Where such a file lies in an artifact."""
    folder = kind.expected[0].rpartition("/")[0]
    name = file.path.rpartition("/")[2]
    return f"{folder}/{name}" if folder else name
