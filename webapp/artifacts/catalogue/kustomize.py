"""Kustomize: the manifests of an application once, and what differs where it runs."""

from typing import Any

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import FIRST_TAG, App, present, read_app
from webapp.artifacts.catalogue import kubernetes
from webapp.artifacts.catalogue.workload import replicas, resources
from webapp.artifacts.checks.kustomize import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- kustomize/base with one file for each object and its kustomization.yaml; \
kustomize/overlays/ENVIRONMENT with a kustomization.yaml and its patches, for the environments \
that the brief names, else staging and production.
- apiVersion kustomize.config.k8s.io/v1beta1, kind Kustomization. Current fields only: resources \
(also for ../../base), patches, labels, images, replicas, configMapGenerator, secretGenerator, \
replacements; never bases, commonLabels, patchesStrategicMerge, patchesJson6902 or vars.
- Every file that is named exists, lies in or below the folder that names it (only folders may be \
outside, as ../../base is), and every manifest is named by a kustomization.
- The base is complete and runs: current API versions, the selector of a Deployment equals the \
labels of its pods, Service on the named port, probes, requests and a memory limit, \
securityContext (runAsNonRoot, the number of the image's user, readOnlyRootFilesystem, no \
privilege escalation, drop ALL), emptyDir for /tmp.
- labels with includeSelectors false: selectors of a Deployment never change.
- images sets newTag (and newName where a registry is given) by the name that stands in the base; \
never latest. replicas names a Deployment or StatefulSet of the base; none where an autoscaler \
sets it.
- A patch is as small as what it changes: a file with apiVersion, kind, the name as in the base \
and the fields that differ; a list of operations only where a merge cannot say it, with a target.
- What only one environment needs (Ingress with its host, autoscaler, PodDisruptionBudget) is a \
resource of its overlay.
- Settings by configMapGenerator with literals; passwords, tokens and keys never: a Secret is made \
outside and named in the notes.
- In the notes: the commands (kubectl apply -k kustomize/overlays/staging), and what has to be \
there before."""

_ENVIRONMENTS = ("staging", "production")
_BASE = "../../base"


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    objects = kubernetes.objects(app, None)
    budget = objects.pop("disruption-budget", None)
    base = {"kustomization": _kustomization(resources=[f"{name}.yaml" for name in objects])}
    files = {f"base/{name}": one for name, one in (base | objects).items()}
    for environment in _ENVIRONMENTS:
        # One pod that may never be moved would hold up every node.
        own = {"disruption-budget": budget} if budget and environment == "production" else {}
        for name, one in {**_overlay(app, environment, list(own)), **own}.items():
            files[f"overlays/{environment}/{name}"] = one
    written = (
        ArtifactFile(f"kustomize/{name}.yaml", yaml_file(one)) for name, one in files.items()
    )
    return Template(tuple(written), _unknown(app))


def _kustomization(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}


def _overlay(app: App, environment: str, own: list[str]) -> dict[str, Any]:
    return {
        "kustomization": _kustomization(
            resources=[_BASE, *(f"{name}.yaml" for name in own)],
            labels=[{"pairs": {"environment": environment}, "includeSelectors": False}],
            images=[{"name": app.name, "newTag": FIRST_TAG}],
            replicas=[{"name": app.name, "count": _count(app, environment)}],
            patches=[{"path": "resources.yaml"}],
        ),
        "resources": _resources(app, environment),
    }


def _count(app: App, environment: str) -> int:
    return replicas(app) if environment == "production" else 1


def _resources(app: App, environment: str) -> dict[str, Any]:
    """A part of the Deployment: in production it is given more of the processor."""
    asked = resources(app)
    asked["requests"]["cpu"] = "250m" if environment == "production" else "50m"
    container = {"name": "app", "resources": asked}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app.name},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def _unknown(app: App) -> tuple[str, ...]:
    return present(
        *kubernetes.unknown(app, None),
        f"Which version runs where is not known: images sets {FIRST_TAG} in each overlay.",
        "The environments are not known: staging and production are assumed, in the namespace "
        "that kubectl is told.",
    )


KIND = Kind(
    name="kustomize",
    title="Kustomize base and overlays",
    expected=(
        "kustomize/base/kustomization.yaml",
        "kustomize/base/*.yaml",
        "kustomize/overlays/*/kustomization.yaml",
        "kustomize/overlays/*/*.yaml",
    ),
    max_tokens=16_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.CLUSTER,
        FileGroup.CONTAINER,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
