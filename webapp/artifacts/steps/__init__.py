"""Steps: what a job does to an artifact that is there already, and to which kinds."""

from collections.abc import Mapping
from types import MappingProxyType

from webapp.artifacts.steps.base import StepTask as StepTask
from webapp.artifacts.steps.cost import COST
from webapp.artifacts.steps.harden import HARDEN
from webapp.artifacts.steps.observe import OBSERVE
from webapp.domain.batch import Step

STEPS: Mapping[str, StepTask] = MappingProxyType(
    {Step.HARDEN: HARDEN, Step.COST: COST, Step.OBSERVE: OBSERVE}
)


def no_such_step(kind: str, step: str) -> str | None:
    """What to say of a step that does not exist, or not for a kind; None where it does."""
    task = STEPS.get(step)
    if task is None:
        return f"There is no step “{step}”: choose from {', '.join(STEPS)}."
    if kind not in task.kinds:
        return f"The step {step} is not for {kind}, only for {', '.join(task.kinds)}."
    return None
