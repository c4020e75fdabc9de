"""The normal form of a file: what it says, without comments, in one order and one layout."""

from collections.abc import Callable
from pathlib import PurePosixPath

from webapp.compare.align import Steps
from webapp.compare.normal_hcl import normal_hcl
from webapp.compare.normal_json import normal_json
from webapp.compare.normal_yaml import normal_yaml
from webapp.compare.pairs import Pair
from webapp.compare.unreadable import TOO_LARGE, Unreadable
from webapp.domain.artifact import ArtifactFile

_WRITERS: dict[str, tuple[str, Callable[[str, Steps], str]]] = {
    **dict.fromkeys((".yaml", ".yml"), ("YAML", normal_yaml)),
    **dict.fromkeys((".json",), ("JSON", normal_json)),
    **dict.fromkeys((".tf", ".tofu", ".tfvars", ".hcl"), ("HCL", normal_hcl)),
}
AS_WRITTEN = "Compared as written: "
NO_FORM = f"{AS_WRITTEN}only YAML, JSON and HCL have a normal form."


def both(pair: Pair, steps: Steps) -> tuple[str, str, tuple[str, ...]]:
    """The normal forms of both files, or both as they are and a sentence that says why.

    A file that is not there is empty. `steps` are characters and values that may still be read.
    """
    files = [file for file in (pair.old, pair.new) if file]
    as_written = (_content(pair.old), _content(pair.new))
    if not all(_suffix(file) in _WRITERS for file in files):
        return *as_written, (NO_FORM,)
    try:
        return _normal(pair.old, steps), _normal(pair.new, steps), ()
    except Unreadable as fault:
        return *as_written, (f"{AS_WRITTEN}{fault}",)


def _content(file: ArtifactFile | None) -> str:
    return file.content if file else ""


def _suffix(file: ArtifactFile) -> str:
    return PurePosixPath(file.path).suffix.lower()


def _normal(file: ArtifactFile | None, steps: Steps) -> str:
    if file is None:
        return ""
    language, write = _WRITERS[_suffix(file)]
    try:
        if not steps.take(len(file.content)):
            raise Unreadable(TOO_LARGE)
        return write(file.content, steps)
    except Unreadable as fault:
        raise Unreadable(f"{file.path} cannot be read as {language} ({fault}).") from fault
