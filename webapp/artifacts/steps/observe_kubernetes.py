"""Observe Kubernetes manifests: probes, annotations of metrics and a label, where facts say so."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import App, read_app
from webapp.artifacts.catalogue.workload import probes
from webapp.artifacts.checks import kubernetes, kustomize
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.steps.kubernetes_pods import (
    SERVING,
    Container,
    Pod,
    is_of_base,
    pods,
    serving,
)
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.domain.project import Facts

_METRICS = "metrics_route"  # the fact, whose value has a port before it where that is another one
_ROUTE = re.compile(r"(?::([1-9][0-9]{1,4}))?(/[\w./~-]{0,200})", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_NAME = "app.kubernetes.io/name"


def _change(edits: Sequence[Edit], given: BlueprintInput) -> None:
    listed = pods(edits)
    found = set()
    for facts in (given.facts, *given.others):
        app = read_app(facts)
        served = serving(listed, app) if facts.found else None
        if served is not None:
            found.add(served[1])
            _probe(*served, app)
            _scrape(*served, app, facts)
    for pod in listed:
        _label(pod)
        for container in pod.containers:
            if container not in found:
                _unknown(pod, container)


def _probe(pod: Pod, container: Container, app: App) -> None:
    wanted = _probes(container, app)
    if not wanted:
        return
    if app.health is None:
        sentence = "{names}: has no probe for everything, as no health route is known."
        pod.edit.notes.left(sentence, pod.titled(container))
    elif pod.edit.fill(container.node, wanted):
        sentence = (
            f"{{names}}: is asked by {', '.join(wanted)}, on the health route of the project."
        )
        pod.edit.notes.done(sentence, pod.titled(container))


def _probes(container: Container, app: App) -> dict[str, Any]:
    """The probes that a container has not, by the name of its port or else by its number."""
    port = container.ports[app.listens or 0] or app.listens
    missing = {key: one for key, one in probes(app).items() if container.node.get(key) is None}
    if "livenessProbe" not in missing:  # one that is there was made to fit the start
        missing.pop("startupProbe", None)
    return {key: _on_port(one, port) for key, one in missing.items()}


def _on_port(probe: Mapping[str, Any], port: object) -> dict[str, Any]:
    return {
        key: {**held, "port": port} if isinstance(held, Mapping) else held
        for key, held in probe.items()
    }


def _scrape(pod: Pod, container: Container, app: App, facts: Facts) -> None:
    # By its value: where no such fact is found, nothing is served.
    said = next((fact.value for fact in facts.found if str(fact.name) == _METRICS), "")
    route = _ROUTE.fullmatch(said)
    if route is None:
        sentence = "{names}: nothing scrapes it, as no route of metrics is known."
        pod.edit.notes.left(sentence, pod.titled(container))
        return
    wanted = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": route[1] or str(app.listens),
        "prometheus.io/path": route[2],
    }
    if pod.edit.fill(pod.template, {"metadata": {"annotations": wanted}}):
        sentence = "{names}: is annotated for a Prometheus that looks for such annotations."
        pod.edit.notes.done(sentence, pod.name)


def _label(pod: Pod) -> None:
    """Say what an object is. Selectors see the labels of pods, so those are left alone."""
    if pod.kind == "Pod" or not _LABEL.fullmatch(pod.name):
        return
    if pod.edit.fill(pod.owner, {"metadata": {"labels": {_NAME: pod.name}}}):
        pod.edit.notes.done(f"{{names}}: the label {_NAME}, by which dashboards group.", pod.name)


def _unknown(pod: Pod, container: Container) -> None:
    is_serving = pod.kind in SERVING and container.ports and not container.starts_first
    if is_serving and container.node.get("readinessProbe") is None:
        sentence = "{names}: has no readinessProbe, as which route tells its health is not known."
        pod.edit.notes.left(sentence, pod.titled(container))


REWRITE = of_yaml(_change, kubernetes.check, YAML_1_1, kubernetes.is_manifest)
KUSTOMIZE = of_yaml(_change, kustomize.check, YAML_1_1, is_of_base)
