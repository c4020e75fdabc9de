"""Which files of a project go into a prompt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from webapp.context.excerpt import excerpt
from webapp.context.groups import group_of, is_lock
from webapp.domain.file_group import ALL_GROUPS, FileGroup
from webapp.domain.project import Application, FactName, ProjectFile

DEFAULT_BUDGET_TOKENS = 60_000
LARGEST_SHARE = 4  # no file takes more than a quarter of the budget unless it is asked for
_MEASURED = frozenset({FactName.METRIC, FactName.METRICS_ROUTE})
Wants = tuple[FileGroup, ...]


@dataclass(slots=True)
class Chooser:
    """Chooses from the files of one project, for one kind after another; looks at each file once.

    Where a fact was found is as telling as where the application starts.
    """

    files: Sequence[ProjectFile]
    applications: Sequence[Application] = ()
    budget_tokens: int = DEFAULT_BUDGET_TOKENS
    _groups: dict[str, FileGroup] = field(init=False)
    _usual: dict[Wants, frozenset[str]] = field(default_factory=dict)
    _excerpts: dict[str, ProjectFile] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = ((file.path, group_of(file)) for file in self.files)
        self._groups = {path: group for path, group in found if group is not None}
        for application in self.applications:
            for fact in application.facts.found:
                told = FileGroup.MEASURED if fact.name in _MEASURED else FileGroup.ENTRY
                if self._groups.get(fact.path) in (FileGroup.SOURCE, FileGroup.MEASURED):
                    self._groups[fact.path] = told

    def usual(self, wants: Wants = ALL_GROUPS) -> frozenset[str]:
        """The paths that are sent unless the user says otherwise, within the budget.

        Of what a kind wants the first comes first; a smaller file may fit where a larger did not.
        """
        if wants not in self._usual:
            self._usual[wants] = frozenset(self._within_budget(wants))
        return self._usual[wants]

    def choose(
        self,
        wants: Wants = ALL_GROUPS,
        *,
        added: Sequence[str] = (),
        left_out: Sequence[str] = (),
    ) -> tuple[ProjectFile, ...]:
        """The files to send, by path: the usual ones with `added` and without `left_out`.

        The usual choice does not depend on the other two: to tick or untick one file changes
        nothing else. What is added is sent even past the budget, since somebody who asks for a file
        wants the model to read it; the plan shows what all of it comes to. Of a lock file, though,
        only an excerpt is sent. A path in both is left out.
        """
        paths = (self.usual(wants) | {*added}) - {*left_out}
        found = (file for file in self.files if file.path in paths)
        return tuple(sorted(map(self._as_sent, found), key=lambda file: file.path))

    def _as_sent(self, file: ProjectFile) -> ProjectFile:
        if not is_lock(file.path):
            return file
        if file.path not in self._excerpts:
            self._excerpts[file.path] = excerpt(file, self.files)
        return self._excerpts[file.path]

    def _within_budget(self, wants: Wants) -> Iterator[str]:
        ranks = {group: rank for rank, group in enumerate(wants)}
        telling = [
            (ranks[group], file) for file in self.files if (group := self._group(file)) in ranks
        ]
        entries = self._entries()
        ordered = sorted(
            (rank, _distance(file.path, entries), file.tokens, file.path) for rank, file in telling
        )
        left = self.budget_tokens
        for _, _, tokens, path in ordered:
            if tokens <= min(left, self.budget_tokens // LARGEST_SHARE):
                left -= tokens
                yield path

    def _group(self, file: ProjectFile) -> FileGroup | None:
        return self._groups.get(file.path)

    def _entries(self) -> set[str]:
        telling = (FileGroup.ENTRY, FileGroup.MANIFEST)
        return {path.rpartition("/")[0] for path, group in self._groups.items() if group in telling}


def _distance(path: str, entries: set[str]) -> int:
    """How many folders lie between a file and the nearest entry point above it."""
    folder = path.rpartition("/")[0]
    steps = 0
    while folder and folder not in entries:
        folder = folder.rpartition("/")[0]
        steps += 1
    return steps
