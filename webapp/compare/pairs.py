"""Which files of two sides are compared with each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from webapp.domain.artifact import ArtifactFile


@dataclass(frozen=True, slots=True)
class Pair:
    """A file on both sides, or on one of them."""

    old: ArtifactFile | None
    new: ArtifactFile | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Its path, or both where it has another on the other side."""
        found = dict.fromkeys(file.path for file in (self.old, self.new) if file)
        return tuple(found)


def pairs(old: Sequence[ArtifactFile], new: Sequence[ArtifactFile]) -> list[Pair]:
    """All files by path: those of one path belong together, else of one name in any folder.

    Where each side then has one file left, these are compared too.
    """
    found, old, new = _matched(old, new, lambda file: file.path)
    by_name, old, new = _matched(old, new, lambda file: file.path.rpartition("/")[2])
    found += by_name
    if len(old) == len(new) == 1:
        found.append(Pair(old[0], new[0]))
    else:
        found += [Pair(file, None) for file in old]
        found += [Pair(None, file) for file in new]
    return sorted(found, key=lambda pair: pair.paths)


def _matched(
    old: Sequence[ArtifactFile], new: Sequence[ArtifactFile], key: Callable[[ArtifactFile], str]
) -> tuple[list[Pair], list[ArtifactFile], list[ArtifactFile]]:
    """The pairs of one key, where it is unique on both sides, and what is left of each."""
    by_key = _unique(new, key)
    partners = {name: file for name, file in _unique(old, key).items() if name in by_key}
    found = [Pair(file, by_key[name]) for name, file in partners.items()]
    left = [file for file in old if key(file) not in partners]
    return found, left, [file for file in new if key(file) not in partners]


def _unique(
    files: Iterable[ArtifactFile], key: Callable[[ArtifactFile], str]
) -> dict[str, ArtifactFile]:
    by_key = {key(file): file for file in files}
    counts = Counter(map(key, files))
    return {name: file for name, file in by_key.items() if counts[name] == 1}
