"""Cost: say how much of everything an artifact takes, with the reason."""

from types import MappingProxyType

from webapp.artifacts.steps import cost_compose, cost_kubernetes
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Set how much the artifact below takes: requests and limits of every container, sizes and counts of \
machines, disks, databases and replicas, what scales and between which bounds, how long things are \
kept. Take the smallest that the project shows to be enough, and no more; where nothing tells, \
take a usual first guess and say that it is one. Beside each value stands a comment with its \
reason, where the format has comments. Change nothing else. Give, as notes, each value with its \
reason in one sentence, and what to measure to know it better."""

COST = StepTask(
    title="Cost",
    kinds=("compose", "kubernetes", "helm", "kustomize", "terraform"),
    version=2,
    instructions=_INSTRUCTIONS,
    rewrites=MappingProxyType(
        {"compose": cost_compose.REWRITE, "kubernetes": cost_kubernetes.REWRITE}
    ),
)
