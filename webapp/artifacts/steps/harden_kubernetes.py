"""Harden Kubernetes manifests: pods without root, tokens, capabilities and a root to write to."""

from collections.abc import Iterable, Sequence
from typing import Any

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import USER_ID
from webapp.artifacts.catalogue.workload import CONTAINER_SECURITY
from webapp.artifacts.checks import kubernetes, kustomize
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.steps.images import starts_as_root
from webapp.artifacts.steps.kubernetes_pods import Container, Pod, is_of_base, objects, pods
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.artifacts.steps.rights import is_root, refuses_root, why_alone, why_root
from webapp.artifacts.steps.temporary_folder import give_tmp
from webapp.artifacts.steps.yaml_tree import Node

_USER = {"runAsNonRoot": True, "runAsUser": USER_ID, "runAsGroup": USER_ID}
_SAFE = ("allowPrivilegeEscalation", "capabilities")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ALL_ACCOUNTS = "system:serviceaccounts"


def _change(edits: Sequence[Edit], _: BlueprintInput) -> None:
    every = [node for _, node in objects(edits)]
    for pod in pods(edits):
        listed = pod.containers
        of_image = {one for one in listed if _takes_user(pod, one)}
        is_common = bool(listed) and len(of_image) == len(listed)
        contexts = {one: _context(pod, one, has_user=one in of_image) for one in listed}
        if is_common:
            contexts = {one: _without_user(context) for one, context in contexts.items()}
        _restrict_pod(pod, every, is_common=is_common)
        give_tmp(pod, [one for one in listed if _restrict(pod, one, contexts[one])])


def _takes_user(pod: Pod, container: Container) -> bool:
    """Whether a container can be given a user: nothing says whom it runs as, or has to."""
    is_free = why_alone(pod, container) is None and why_root(pod, container) is None
    return is_free and is_root(pod, container) is None


def _context(pod: Pod, container: Container, *, has_user: bool) -> dict[str, Any]:
    """The settings that a container should have; none where it has to be left alone."""
    if why := why_alone(pod, container):
        pod.edit.notes.left(
            f"{{names}}: its rights were left alone, as {why}.", pod.titled(container)
        )
        return {}
    if why := why_root(pod, container):
        sentence = f"{{names}}: its user and its capabilities were left alone, as {why}."
        pod.edit.notes.left(sentence, pod.titled(container))
        return {"allowPrivilegeEscalation": False}
    if starts_as_root(container.image):
        # As another user it has no capabilities to lose, but its own image it writes to.
        return {key: CONTAINER_SECURITY[key] for key in _SAFE}
    if has_user:
        return {**_USER, **CONTAINER_SECURITY}
    refuses = {} if refuses_root(pod, container) else {"runAsNonRoot": True}
    return {**refuses, **CONTAINER_SECURITY}


def _without_user(context: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key not in _USER}


def _restrict(pod: Pod, container: Container, context: dict[str, Any]) -> bool:
    """Give a container its settings; say whether it can no longer write to its root."""
    if not context:
        return False
    is_open = container.node.get("securityContext", "readOnlyRootFilesystem") is None
    added = pod.edit.fill(container.node, {"securityContext": context})
    title = pod.titled(container)
    if added:
        sentence = "{names}: gains no rights while it runs, and has only those that it needs."
        pod.edit.notes.done(sentence, title)
    if "runAsUser" in context and added:
        _told_of_user(pod, title)
    if not (is_open and added and "readOnlyRootFilesystem" in context):
        return False
    pod.edit.notes.left(
        "{names}: what it writes is not known; its root is read-only, so give it a volume for "
        "whatever is not in /tmp.",
        title,
    )
    return True


def _restrict_pod(pod: Pod, every: Sequence[Node], *, is_common: bool) -> None:
    context: dict[str, Any] = dict(_USER) if is_common else {}
    if is_common and _keeps(pod):
        context["fsGroup"] = USER_ID
    if not any(why_alone(pod, container) for container in pod.containers):
        context["seccompProfile"] = {"type": "RuntimeDefault"}
    wanted: dict[str, Any] = {"securityContext": context} if context else {}
    if _needs_no_token(pod, every):
        wanted["automountServiceAccountToken"] = False
    added = pod.edit.fill(pod.spec, wanted)
    if "automountServiceAccountToken" in added:
        sentence = (
            "{names}: gets no token of the cluster, as nothing here gives its account rights."
        )
        pod.edit.notes.done(sentence, pod.name)
    if any(key.startswith("securityContext") for key in added):
        sentence = "{names}: the system calls that the runtime takes for dangerous are refused."
        pod.edit.notes.done(sentence, pod.name)
        if is_common:
            _told_of_user(pod, pod.name)


def _told_of_user(pod: Pod, title: str) -> None:
    sentence = (
        f"{{names}}: runs as user {USER_ID} and not as root; the image has to allow that, and what "
        "it writes has to belong to that user."
    )
    pod.edit.notes.done(sentence, title)


def _keeps(pod: Pod) -> bool:
    """Whether it has volumes that stay, which a user without rights can only write by a group."""
    volumes = pod.spec.listed("volumes")
    is_claiming = any(one.has("persistentVolumeClaim") or one.has("ephemeral") for one in volumes)
    return is_claiming or pod.owner.has("spec", "volumeClaimTemplates")


def _needs_no_token(pod: Pod, every: Sequence[Node]) -> bool:
    name = pod.spec.name("serviceAccountName") or pod.spec.name("serviceAccount") or "default"
    if pod.spec.has("automountServiceAccountToken"):
        return False
    accounts = [
        node
        for node in every
        if node.name("kind") == "ServiceAccount" and node.name("metadata", "name") == name
    ]
    if any(account.has("automountServiceAccountToken") for account in accounts):
        return False
    if _is_bound(name, every):
        why = "its account is bound to rights"
    elif name != "default" and not accounts:
        why = "the rights of its account are described elsewhere"
    else:
        return True
    pod.edit.notes.left(f"{{names}}: keeps its token of the cluster, as {why}.", pod.name)
    return False


def _is_bound(account: str, every: Iterable[Node]) -> bool:
    """Whether a binding gives rights to an account, by its name or to all accounts."""
    subjects = (
        subject
        for node in every
        if node.name("kind") in _BINDINGS
        for subject in node.listed("subjects")
    )
    return any(
        subject.name("name") == account or subject.name("name").startswith(_ALL_ACCOUNTS)
        for subject in subjects
    )


REWRITE = of_yaml(_change, kubernetes.check, YAML_1_1, kubernetes.is_manifest)
KUSTOMIZE = of_yaml(_change, kustomize.check, YAML_1_1, is_of_base)
