"""The files of a project to tick: which are sent for the kinds that the form asks for."""

from collections.abc import Iterable
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from webapp.domain.batch import KindChoice
from webapp.domain.errors import InvalidSpec
from webapp.domain.jobfile import JobFile
from webapp.domain.project import ProjectView
from webapp.domain.views import Plan
from webapp.web.context import service
from webapp.web.forms import Form

USUAL_FOR = "usual_for"  # the kinds for which the ticks of a page are the usual ones
CHANGED = (
    "For the artifacts that are chosen now other files are usual: they are ticked below. Look "
    "through them, and start again."
)


@dataclass(frozen=True, slots=True)
class Ticks:
    """The files of a project, those that are usual for some kinds, and what the user says."""

    kinds: str  # as the form holds them
    files: tuple[tuple[str, int], ...]  # path, tokens
    usual: frozenset[str]
    added: frozenset[str]
    left_out: frozenset[str]

    @property
    def ticked(self) -> frozenset[str]:
        """The paths that are sent for some kind."""
        return (self.usual | self.added) - self.left_out

    @property
    def tokens(self) -> int:
        """About how many tokens the ticked ones have; each kind is sent some of them."""
        return sum(tokens for path, tokens in self.files if path in self.ticked)


def ticks(form: Form, project: ProjectView, kinds: str, plan: Plan | None) -> Ticks:
    """The ticks of a form for these kinds, which a plan of it knows; raises ProjectNotFound."""
    usual = plan.usual if plan else usual_paths(project.id, kinds)
    added, left_out = form.getlist("added"), form.getlist("left_out")
    return Ticks(kinds, project.files, usual, frozenset(added), frozenset(left_out))


def usual_paths(project_id: str, kinds: str) -> frozenset[str]:
    """The files that are sent for these kinds unless the user chooses; raises ProjectNotFound."""
    return async_to_sync(service().usual_paths)(project_id, kinds.split())


def kinds_of(form: Form, job_file: JobFile | None) -> str:
    """The kinds that a form asks for, in one order, as it holds them itself."""
    if job_file is not None:
        return _joined(job.kind.kind for job in job_file.jobs)
    return _joined(KindChoice.parse(text).kind for text in form.getlist("kinds"))


def is_stale(form: Form, kinds: str) -> bool:
    """Whether the page shows the ticks for other kinds than those it asks for."""
    return bool(form.get("project_id")) and form.get(USUAL_FOR, kinds) != kinds


def check_seen(form: Form, kinds: str) -> None:
    """Raise InvalidSpec where the user has not seen which files are ticked for these kinds.

    Our script keeps the ticks up to date; without it, what is shown must not differ from what is
    sent.
    """
    if form.get("choice") == "listed" and is_stale(form, kinds):
        raise InvalidSpec({"files": CHANGED})


def reduce_to_differences(form: Form) -> None:
    """Without our script a form lists every ticked file; the service wants what differs."""
    usual = usual_paths(form["project_id"], form.get(USUAL_FOR, ""))
    ticked = set(form.getlist("send"))
    form.setlist("added", sorted(ticked - usual))
    form.setlist("left_out", sorted(usual - ticked))


def _joined(kinds: Iterable[str]) -> str:
    return " ".join(sorted({kind for kind in kinds if " " not in kind}))
