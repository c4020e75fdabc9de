"""What the pods of an application ask for, alike in manifests and in charts."""

from typing import Any

from webapp.artifacts.backing import assumed, is_secret, known, value_of
from webapp.artifacts.blueprint import USER_ID, App
from webapp.artifacts.language import Language

POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": USER_ID,
    "runAsGroup": USER_ID,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
UNKNOWN_NEEDS = (
    "What it writes is not known: all but /tmp is read-only.",
    "What it needs is not known: requests and limits are a first guess, measure them.",
)


def resources(app: App) -> dict[str, Any]:
    """What it is given until somebody has measured what it needs."""
    # A JVM makes its heap a quarter of this.
    memory = "1Gi" if app.language is Language.JAVA else "256Mi"
    return {"requests": {"cpu": "100m", "memory": memory}, "limits": {"memory": memory}}


def replicas(app: App) -> int:
    """How many pods run: of what serves one may be lost."""
    return 2 if app.listens else 1


def variables(app: App) -> list[str]:
    """The variables that have to be given to it, those for its services too."""
    return [*app.env, *assumed(app.env, known(app.services))]


def secret(app: App) -> str:
    """The name of the Secret that is made outside."""
    return f"{app.name}-secrets"


def secret_names(app: App) -> tuple[str, ...]:
    """What leads to a service or is secret itself: an address often holds a password."""
    services = known(app.services)
    return tuple(
        name for name in variables(app) if is_secret(name) or value_of(name, services) is not None
    )


def setting_names(app: App) -> list[str]:
    """The variables that are no secret, and whose values nobody knows."""
    secrets = secret_names(app)
    return [name for name in app.env if name not in secrets]


def probes(app: App) -> dict[str, Any]:
    """How its container is asked whether it is well, by the port named http."""
    ask: dict[str, Any] = {"tcpSocket": {"port": "http"}}
    if app.health:
        ask = {"httpGet": {"path": app.health, "port": "http"}}
        if app.framework == "django":
            # It refuses the address of the pod, which no ALLOWED_HOSTS has.
            ask["httpGet"]["httpHeaders"] = [{"name": "Host", "value": "localhost"}]
    return {
        "startupProbe": {**ask, "periodSeconds": 2, "failureThreshold": 30},
        "readinessProbe": {**ask, "periodSeconds": 5, "timeoutSeconds": 3},
        "livenessProbe": {**ask, "periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 3},
    }
