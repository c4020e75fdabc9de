"""Observe: let an artifact be seen from outside: probes, metrics, logs, traces."""

from types import MappingProxyType

from webapp.artifacts.steps import observe_compose, observe_dockerfile, observe_kubernetes
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Make the artifact below observable: health checks and probes on the routes that the project has; \
metrics that are scraped where the project exposes them, by annotations or configuration; logs to \
standard output in a form that can be parsed, with rotation where the platform has none; the \
variables of the OpenTelemetry SDK where the project uses it; labels that say name, version and \
part. Add nothing that the project does not serve. Change nothing else. Give, as notes, each \
change with its reason in one sentence, and what the project itself would have to expose."""

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
        }
    ),
)
