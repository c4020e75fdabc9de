"""A Helm chart: templates for an application, and the values that its users may set."""

from typing import Any

from webapp.artifacts.backing import BACKING, known, unknown_variables
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    FIRST_TAG,
    App,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.catalogue import helm_templates as templates
from webapp.artifacts.catalogue.workload import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    UNKNOWN_NEEDS,
    probes,
    replicas,
    resources,
    secret,
    secret_names,
    setting_names,
)
from webapp.artifacts.checks.helm import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One chart in chart/: Chart.yaml (apiVersion v2, name as a DNS label, description, type \
application, version of three numbers, appVersion in quotes), values.yaml, templates/ with one \
file for each object, _helpers.tpl and NOTES.txt. Dependencies only where the brief asks for them.
- _helpers.tpl defines CHART.name, CHART.fullname, CHART.labels and CHART.selectorLabels, with the \
name of the chart in front; every include names a template that is defined there.
- Every .Values path that a template reads stands in values.yaml, if only as "", [] or {}, with a \
comment where its use is not plain; nothing stands there that no template reads. Camel case, no \
“-” in names.
- Inside of range and with the dot is the item: write $.Values, $.Release and include "…" $ there.
- {{- toYaml .Values.x | nindent 8 }} with the depth of its place; | quote for what must stay \
text; {{- if }} and {{- end }} on lines of their own, at the depth of what they enclose.
- image: repository, tag "" (the chart's appVersion then) and pullPolicy; never latest.
- Deployment as in production: selector labels that never change, probes on the named port, \
requests and a memory limit, securityContext (runAsNonRoot, the number of the image's user, \
readOnlyRootFilesystem, no privilege escalation, drop ALL), emptyDir for /tmp. A worker without a \
port has neither Service nor Ingress nor probes by port.
- Service of type ClusterIP; Ingress off until a host is given, with className, annotations and \
tls from the values. A PodDisruptionBudget where more than one pod serves.
- Secrets are made outside: values hold the name of the Secret and its keys, never a password. \
Name both in the notes. Other settings stand under env as names and values.
- NOTES.txt says how to reach what was installed. No namespace in the templates."""

_COMMENTS = {
    "image": "An empty tag is the appVersion of the chart.",
    "ports": "The port named http is the one of the Service and the probes.",
    "env": "Names and values of variables.",
    "secret": "A Secret made outside of this chart, and those of its keys that become variables.",
    "ingress": "There is an Ingress as soon as hosts has a name.",
}
_IGNORED = (".git/", ".gitignore", ".DS_Store", "*.bak", "*.orig", "*.swp", "*.tgz", "*~")


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    parts = {
        "Chart.yaml": yaml_file(_metadata(app)),
        "values.yaml": _commented(yaml_file(_values(app))),
        "templates/_helpers.tpl": templates.HELPERS,
        "templates/deployment.yaml": templates.DEPLOYMENT,
        "templates/NOTES.txt": templates.NOTES if app.listens else templates.NOTES_OF_WORKER,
        ".helmignore": "\n".join((COMMENT, *_IGNORED, "")),
    }
    if app.listens:
        parts["templates/service.yaml"] = templates.SERVICE
        parts["templates/ingress.yaml"] = templates.INGRESS
        parts["templates/disruption-budget.yaml"] = templates.DISRUPTION_BUDGET
    files = (ArtifactFile(f"chart/{name}", _named(app, text)) for name, text in parts.items())
    return Template(tuple(files), _unknown(app))


def _named(app: App, text: str) -> str:
    return text.replace('"CHART.', f'"{app.name}.')


def _metadata(app: App) -> dict[str, Any]:
    return {
        "apiVersion": "v2",
        "name": app.name,
        "description": f"Runs {app.name} on Kubernetes.",
        "type": "application",
        "version": FIRST_TAG,
        "appVersion": FIRST_TAG,
    }


def _values(app: App) -> dict[str, Any]:
    entry = {
        "service": {"type": "ClusterIP", "port": 80, "annotations": {}},
        "ingress": {"className": "", "annotations": {}, "hosts": [], "tls": []},
    }
    secrets = list(secret_names(app))
    return {
        "nameOverride": "",
        "fullnameOverride": "",
        "replicaCount": replicas(app),
        "image": {"repository": app.name, "tag": "", "pullPolicy": "IfNotPresent"},
        "imagePullSecrets": [],
        "ports": [{"name": "http", "containerPort": app.listens}] if app.listens else [],
        "env": app.given_port,
        "secret": {"name": secret(app) if secrets else "", "keys": secrets},
        **(entry if app.listens else {}),
        "probes": probes(app) if app.listens else {},
        "resources": resources(app),
        "podSecurityContext": POD_SECURITY,
        "securityContext": CONTAINER_SECURITY,
        "terminationGracePeriodSeconds": 30,
        "podAnnotations": {},
        "nodeSelector": {},
        "tolerations": [],
        "affinity": {},
    }


def _commented(values: str) -> str:
    for name, comment in _COMMENTS.items():
        values = values.replace(f"\n{name}:", f"\n# {comment}\n{name}:", 1)
    return values


def _unknown(app: App) -> tuple[str, ...]:
    secrets, settings = secret_names(app), setting_names(app)
    outside = [BACKING[name].title if name in BACKING else name for name in app.services]
    return present(
        unknown_name(app),
        f"Where images are kept is not known: push {app.image} and set image.repository.",
        f"Create the Secret {secret(app)} with {listed(secrets)}." if secrets else None,
        f"Set {listed(settings)} under env where the application has no default."
        if settings
        else None,
        f"{listed(outside)} must run outside of this chart." if outside else None,
        unknown_variables(app.env, known(app.services)),
        unknown_port(app),
        f"Run “{app.migrations}” before each new version: the chart has no hook for it."
        if app.migrations
        else None,
        "No health route is known: the probes only look whether the port is open."
        if app.listens and not app.health
        else None,
        "No port is known: there is no Service, and nothing probes the process."
        if not app.listens
        else None,
        "The host name is not known: there is no Ingress until ingress.hosts has one."
        if app.listens
        else None,
        *UNKNOWN_NEEDS,
    )


KIND = Kind(
    name="helm",
    title="Helm chart",
    expected=(
        "chart/Chart.yaml",
        "chart/values.yaml",
        "chart/templates/*.yaml",
        "chart/templates/_helpers.tpl",
        "chart/templates/NOTES.txt",
        "chart/.helmignore",
    ),
    max_tokens=16_000,
    version=2,
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
