"""Observe: let an artifact be seen from outside: probes, metrics, logs, traces."""

from types import MappingProxyType

from webapp.artifacts.steps import observe_compose, observe_dockerfile, observe_kubernetes
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Make the artifact below observable, and add nothing that the project does not serve.
- Health checks and probes on the health route that the facts name, with a program that the image \
has; a liveness probe that asks no database; none for a worker without a port.
- Metrics are scraped, by annotations or configuration, only where the project exposes them.
- Logs go to standard output in a form that can be parsed, with rotation where the platform has \
none.
- The variables of the OpenTelemetry SDK only where the project uses it.
- Labels that say name, version and part, on objects and never in a selector.
What is there stays. Change nothing else. Give, as notes, each change with its reason in one \
sentence, and what the project itself would have to expose."""

OBSERVE = StepTask(
    title="Observe",
    kinds=("dockerfile", "compose", "kubernetes", "helm", "kustomize", "terraform", "systemd"),
    version=2,
    instructions=_INSTRUCTIONS,
    rewrites=MappingProxyType(
        {
            "dockerfile": observe_dockerfile.REWRITE,
            "compose": observe_compose.REWRITE,
            "kubernetes": observe_kubernetes.REWRITE,
            "kustomize": observe_kubernetes.KUSTOMIZE,
        }
    ),
)
