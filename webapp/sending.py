"""What of a project is sent: chosen for each kind, counted for the plan, listed in receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from webapp.artifacts import catalogue
from webapp.artifacts.prompt import Parts, file_parts
from webapp.context.select import Chooser
from webapp.domain.batch import BatchSpec, PromptPart
from webapp.domain.file_group import ALL_GROUPS, FileGroup
from webapp.domain.project import Mask, ProjectFile, SentFile
from webapp.domain.views import KindFiles
from webapp.store.blobs import digest_of


@dataclass(frozen=True, slots=True)
class Sent:
    """The files that are sent for a kind, as a receipt and as a prompt have them."""

    files: tuple[SentFile, ...] = ()
    parts: Parts = ()
    masks: tuple[Mask, ...] = ()


@dataclass(slots=True)
class Sending:
    """Says what of a project is sent for a kind; jobs of one kind, and kinds, share the parts."""

    chooser: Chooser = field(default_factory=lambda: Chooser(()))
    added: Sequence[str] = ()
    left_out: Sequence[str] = ()
    masks: Sequence[Mask] = ()
    _files: dict[str, tuple[ProjectFile, ...]] = field(default_factory=dict)
    _parts: dict[str, PromptPart] = field(default_factory=dict)  # by path
    _sent: dict[str, Sent] = field(default_factory=dict)

    def files(self, kind: str) -> tuple[ProjectFile, ...]:
        """The files for a kind, by path; for one that is not known those for any."""
        if kind not in self._files:
            self._files[kind] = self.chooser.choose(
                _wants(kind), added=self.added, left_out=self.left_out
            )
        return self._files[kind]

    def of(self, kind: str) -> Sent:
        """The same for a receipt and a prompt."""
        if kind not in self._sent:
            files = self.files(kind)
            paths = {file.path for file in files}
            self._sent[kind] = Sent(
                tuple(map(_sent_file, files)),
                tuple(map(self._part, files)),
                tuple(mask for mask in self.masks if mask.path in paths),
            )
        return self._sent[kind]

    def usual(self, kinds: Iterable[str]) -> frozenset[str]:
        """The paths that are sent for some of these kinds unless the user says otherwise.

        Without kinds those that would be sent for a kind that wants everything.
        """
        wanted = {_wants(kind) for kind in kinds} or {ALL_GROUPS}
        return frozenset().union(*map(self.chooser.usual, wanted))

    def counted(self, spec: BatchSpec) -> tuple[KindFiles, ...]:
        """What a batch sends to models: one entry for kinds that are sent the same.

        None without a project. The blueprint is sent no file, whatever stands here.
        """
        told: dict[tuple[str, ...], list[str]] = {}
        for kind in dict.fromkeys(job.kind.kind for job in spec.jobs) if self.chooser.files else ():
            told.setdefault(tuple(file.path for file in self.files(kind)), []).append(kind)
        return tuple(
            KindFiles(
                tuple(names), tuple((each.path, each.tokens) for each in self.files(names[0]))
            )
            for names in told.values()
        )

    def _part(self, file: ProjectFile) -> PromptPart:
        if file.path not in self._parts:
            (self._parts[file.path],) = file_parts((file,))
        return self._parts[file.path]


def _wants(kind: str) -> tuple[FileGroup, ...]:
    known = catalogue.KINDS.get(kind)
    return known.wants if known else ALL_GROUPS


def _sent_file(file: ProjectFile) -> SentFile:
    size_bytes = len(file.content.encode())
    digest = digest_of(file.content)
    return SentFile(file.path, digest, size_bytes, file.tokens, file.ranges, file.whole_bytes)
