"""A folder /tmp that can be written, for containers whose root cannot."""

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

from webapp.artifacts.steps.kubernetes_pods import Container, Pod
from webapp.artifacts.steps.rewriting import Edit
from webapp.artifacts.steps.yaml_tree import Node

_TMP = "/tmp"  # noqa: S108 a folder in the container
_MAX_NAME_CHARS = 63


def give_tmp(pod: Pod, containers: Sequence[Container]) -> None:
    """Mount an empty folder of its own at /tmp of each container that has none there."""
    taken = {volume.name("name") for volume in pod.spec.listed("volumes")}
    is_only = len(pod.containers) == 1
    volumes: list[Any] = []
    for container in containers:
        mounts = container.node.listed("volumeMounts")
        if any(mount.name("mountPath").rstrip("/") == _TMP for mount in mounts):
            continue
        name = _free_name(container, taken, is_only=is_only)
        taken.add(name)
        volumes.append({"name": name, "emptyDir": {"sizeLimit": "64Mi"}})
        _put(pod.edit, container.node, "volumeMounts", [{"name": name, "mountPath": _TMP}])
        sentence = "{names}: an empty folder at /tmp, of at most 64Mi, can be written."
        pod.edit.notes.done(sentence, pod.titled(container))
    if volumes:
        _put(pod.edit, pod.spec, "volumes", volumes)


def _free_name(container: Container, taken: set[str], *, is_only: bool) -> str:
    wanted = "tmp" if is_only else f"tmp-{container.name}"[:_MAX_NAME_CHARS].rstrip("-")
    numbered = (f"tmp-{number}" for number in count(len(taken)))
    return next(name for name in chain((wanted,), numbered) if name not in taken)


def _put(edit: Edit, mapping: Node, key: str, items: list[Any]) -> None:
    """Add items to the list under a key, which may not be there yet."""
    held = mapping.get(key)
    if held is None or held.is_empty:
        edit.fill(mapping, {key: items})
        return
    for item in items if held.kind == "list" else ():
        edit.append(held, item)
