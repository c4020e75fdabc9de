"""What a batch can be made of, as the form offers it: kinds, and steps over them."""

from webapp.artifacts import catalogue
from webapp.artifacts.steps import STEPS
from webapp.domain.endpoint import KindView, StepView


def kinds() -> tuple[KindView, ...]:
    """All kinds, in the order of the catalogue."""
    return tuple(map(_kind_view, catalogue.KINDS.values()))


def steps() -> tuple[StepView, ...]:
    """All steps, with the kinds they fit."""
    return tuple(
        StepView(name, task.title, task.kinds, frozenset(task.rewrites))
        for name, task in STEPS.items()
    )


def _kind_view(kind: catalogue.Kind) -> KindView:
    return KindView(
        name=kind.name,
        title=kind.title,
        targets=kind.targets,
        needs_target=kind.needs_target,
        max_tokens=kind.max_tokens,
        is_checked=kind.is_checked,
        has_blueprint=kind.blueprint is not None,
    )
