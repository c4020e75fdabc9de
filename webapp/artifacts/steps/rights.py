"""What the containers of a pod may do, and which of it they are known to need."""

from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.steps.images import starts_as_root
from webapp.artifacts.steps.kubernetes_pods import Container, Pod

_LAST_LOW_PORT = 1023


def is_root(pod: Pod, container: Container) -> bool | None:
    """Whether a container runs as root; None where only its image says."""
    user = _setting(pod, container, "runAsUser")
    if user is not None:
        return user == 0
    is_refused = _setting(pod, container, "runAsNonRoot")
    return None if is_refused is None else is_refused is False


def refuses_root(pod: Pod, container: Container) -> bool:
    """Whether it says that it must not run as root, whatever its number."""
    return _setting(pod, container, "runAsNonRoot") is not None


def _setting(pod: Pod, container: Container, key: str) -> object:
    own = container.node.said("securityContext", key, words=YAML_1_1)
    return pod.spec.said("securityContext", key, words=YAML_1_1) if own is None else own


def why_alone(pod: Pod, container: Container) -> str | None:
    """Why a container keeps all rights that it has, as the end of a sentence."""
    if container.node.said("securityContext", "privileged", words=YAML_1_1) is True:
        return "it is privileged, so nothing else would restrict it; end that first"
    if container.node.has("securityContext", "capabilities", "add"):
        return "it asks for capabilities, and what else it needs for its task is not known"
    if pod.is_of_node:
        return "it works on its node, and what it needs there is not known"
    if is_root(pod, container) is False and _has_low_port(container):
        return "it has a port below 1024 and is not root, so its program may have rights of its own"
    return None


def why_root(pod: Pod, container: Container) -> str | None:
    """Why a container may have to run as root, as the end of a sentence."""
    known = is_root(pod, container)
    if known:
        return "it says that it runs as root"
    if known is None and starts_as_root(container.image):
        return "its image is known to start as root, and steps down itself"
    if known is None and _has_low_port(container):
        return "it has a port below 1024, which not every node gives to others than root"
    return None


def _has_low_port(container: Container) -> bool:
    return any(port <= _LAST_LOW_PORT for port in container.ports)
