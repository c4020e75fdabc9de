"""Cost of Kubernetes manifests: what each container asks for, and how far it may go."""

from collections.abc import Sequence
from typing import Any

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import App
from webapp.artifacts.checks import kubernetes, kustomize
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.steps.amounts import MEASURE, Amount, guess, is_sized_inside
from webapp.artifacts.steps.applications import applications
from webapp.artifacts.steps.images import starts_as_root
from webapp.artifacts.steps.kubernetes_pods import Container, Pod, app_of, is_of_base, pods, serving
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.artifacts.steps.yaml_edit import Because


def _change(edits: Sequence[Edit], given: BlueprintInput) -> None:
    listed, apps = pods(edits), applications(given)
    served = {found[1]: app for app in apps if (found := serving(listed, app))}
    for pod in listed:
        for container in pod.containers:
            _size(pod, container, served.get(container) or app_of(pod, container, apps))
        _replicas(pod)


def _size(pod: Pod, container: Container, app: App | None) -> None:
    notes, title = pod.edit.notes, pod.titled(container)
    amount = guess(app)
    wanted = _wanted(container, amount)
    if not wanted:
        return
    if starts_as_root(container.image):
        sentence = "{names}: what it takes depends on its data and its load; measure it."
        notes.left(sentence, title)
    elif is_sized_inside(container.node):
        sentence = "{names}: its command or environment sets its memory; size it by that."
        notes.left(sentence, title)
    elif pod.edit.fill(container.node, {"resources": wanted}):
        notes.done(_told(wanted, amount), title)
        notes.left(MEASURE, title)


def _told(wanted: dict[str, Any], amount: Amount) -> str:
    if "requests" in wanted:
        return f"{{names}}: gets what was missing of requests and a limit of memory, {amount.why}."
    return "{names}: its memory ends at what it requests; set both higher where it takes more."


def _wanted(container: Container, amount: Amount) -> dict[str, Any]:
    """The requests and limits that are missing; a limit alone is its own request."""
    resources = {
        (key, name): container.node.name("resources", key, name)
        for key in ("requests", "limits")
        for name in ("cpu", "memory")
    }
    requests, limits = {}, {}
    if not (resources["requests", "cpu"] or resources["limits", "cpu"]):
        why = f"{amount.why}; what is free may be taken above it"
        requests["cpu"] = Because(amount.cpu, why)
    if not resources["limits", "memory"]:
        asked = resources["requests", "memory"]
        limit = asked or amount.memory
        limits["memory"] = Because(limit, "as requested, so that no node runs out of it")
        if not asked:
            requests["memory"] = Because(amount.memory, amount.why)
    return {key: held for key, held in (("requests", requests), ("limits", limits)) if held}


def _replicas(pod: Pod) -> None:
    count = pod.owner.said("spec", "replicas", words=YAML_1_1)
    if type(count) is int and count > 1:
        sentence = f"{{names}}: runs {count} times, so it takes {count} times what one asks for."
        pod.edit.notes.left(sentence, pod.name)


REWRITE = of_yaml(_change, kubernetes.check, YAML_1_1, kubernetes.is_manifest)
KUSTOMIZE = of_yaml(_change, kustomize.check, YAML_1_1, is_of_base)
