"""The artifacts that a project has already: its own Dockerfile, its own manifests."""

from collections import Counter
from collections.abc import Sequence

from webapp.artifacts.base import Kind
from webapp.artifacts.names import is_expected
from webapp.artifacts.recognise import recognise
from webapp.domain.artifact import ArtifactFile
from webapp.domain.project import ProjectFile

# What lies below the folder of these belongs to them, whatever it is.
_WHOLE_FOLDERS = frozenset({"ansible", "helm", "kustomize"})


def own_files(
    kind: Kind, files: Sequence[ProjectFile], folder: str | None
) -> tuple[ArtifactFile, ...]:
    """The files of a project that are an artifact of a kind, under the names such a one has.

    Those of one folder: of that of the application asked for, where there is one, else the one that
    has the most of them. Empty where there are none.
    """
    inside = [file for file in files if not folder or file.path.startswith(f"{folder}/")]
    found = [file for file in inside if recognise(file.path, file.content) == kind.name]
    folders = Counter(file.path.rpartition("/")[0] for file in found)
    if not folders:
        return ()
    root = min(folders, key=lambda each: (-folders[each], each.count("/"), each))
    if kind.name in _WHOLE_FOLDERS:
        root = min(folders, key=lambda each: (each.count("/"), each))
        found = [file for file in inside if file.path.startswith(f"{root}/" if root else "")]
    own = (file for file in found if kind.name in _WHOLE_FOLDERS or _lies_in(root, file))
    return tuple(ArtifactFile(_named(kind, root, file), file.content) for file in own)


def _lies_in(folder: str, file: ProjectFile) -> bool:
    return file.path.rpartition("/")[0] == folder


def _named(kind: Kind, root: str, file: ProjectFile) -> str:
    """Where such a file lies in an artifact."""
    inside = file.path.removeprefix(f"{root}/") if root else file.path
    if kind.name in _WHOLE_FOLDERS:
        return f"{kind.expected[0].partition('/')[0]}/{inside}"
    if "*" not in kind.expected[0] and not is_expected(inside, kind.expected):
        return kind.expected[0]
    folder = kind.expected[0].partition("*")[0].rpartition("/")[0]
    return f"{folder}/{inside}" if folder else inside
