"""Cost: say how much of everything an artifact takes, with the reason."""

from types import MappingProxyType

from webapp.artifacts.steps import cost_compose, cost_kubernetes
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Set how much the artifact below takes. Take the smallest that the project shows to be enough; \
where nothing tells, take a usual first guess and say that it is one.
- Kubernetes: requests of CPU and memory, a limit of memory alone, equal to its request, for every \
container; replicas or the bounds between which they scale.
- Compose: deploy.resources.limits.memory for each service of the project; a database only where \
its data are known.
- Terraform: sizes and counts of machines, disks and databases, as variables with these defaults, \
and how long backups and logs are kept.
A value that is set and not plainly wrong stays. Beside each new value stands a comment with its \
reason, where the format has comments. Change nothing else. Give, as notes, each value with its \
reason in one sentence, and what to measure to know it better."""

COST = StepTask(
    title="Cost",
    kinds=("compose", "kubernetes", "helm", "kustomize", "terraform"),
    version=2,
    instructions=_INSTRUCTIONS,
    rewrites=MappingProxyType(
        {
            "compose": cost_compose.REWRITE,
            "kubernetes": cost_kubernetes.REWRITE,
            "kustomize": cost_kubernetes.KUSTOMIZE,
        }
    ),
)
