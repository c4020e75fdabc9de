"""Whether artifacts of one batch agree."""

import pytest

from tests.artifacts.catalogue.built import SAMPLES, TEMPLATES, applications, build
from webapp.artifacts.consistency import SEVERITY, Part, disagreements
from webapp.domain.artifact import ArtifactFile, Finding

DOCKERFILE = """\
FROM python:3.12-slim
COPY requirements.txt ./
ENV PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
"""
COMPOSE = """\
services:
  shop:
    build: .
    image: shop:0.1.0
    user: "10001"
    environment:
      DATABASE_URL: ${DATABASE_URL}
    ports:
      - "127.0.0.1:8080:8000"
    healthcheck:
      test: curl http://localhost:8000/healthz
  db:
    image: postgres:17.2
    user: "999"
    environment: {POSTGRES_DB: shop}
"""
KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: registry.example.org/team/shop:0.1.0
          ports: [{containerPort: 8000}]
          securityContext: {runAsUser: 10001}
          env:
            - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: shop, key: url}}}
          readinessProbe: {httpGet: {path: /healthz, port: 8000}}
"""
COLLECTOR = """\
receivers:
  prometheus:
    config:
      scrape_configs:
        - {job_name: shop, static_configs: [{targets: ["shop:8000"]}]}
"""
WORKFLOW = """\
jobs:
  test:
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: docker build --tag ghcr.io/team/shop:1 .
"""
ALL = {
    "dockerfile": ("Dockerfile", DOCKERFILE),
    "compose": ("compose.yaml", COMPOSE),
    "kubernetes": ("k8s/deployment.yaml", KUBERNETES),
    "otel-collector": ("otel-collector.yaml", COLLECTOR),
    "github-actions": (".github/workflows/ci.yml", WORKFLOW),
}
# Where what is changed, which rule tells, and between which kinds.
APART = [
    ("dockerfile", "EXPOSE 8000", "EXPOSE 3000", "port", "kubernetes"),
    ("compose", ':8000"', ':3000"', "port", "dockerfile"),
    ("kubernetes", "team/shop:", "team/store:", "image", "compose"),
    ("github-actions", "team/shop:", "team/store:", "image", "kubernetes"),
    ("kubernetes", "runAsUser: 10001", "runAsUser: 1000", "user", "dockerfile"),
    ("dockerfile", "8000/healthz", "8000/up", "probe", "kubernetes"),
    ("kubernetes", "path: /healthz", "path: /up", "probe", "compose"),
    ("kubernetes", "name: DATABASE_URL", "name: DATABASE_URI", "env", "compose"),
    ("otel-collector", "shop:8000", "shop:9000", "scrape", "compose"),
    ("github-actions", '"3.12"', '"3.9"', "runtime", "dockerfile"),
]


def parts(**changed: str) -> dict[str, Part]:
    texts = {kind: (path, changed.get(kind, text)) for kind, (path, text) in ALL.items()}
    return {kind: Part(kind, [ArtifactFile(*file)]) for kind, file in texts.items()}


def told(findings: list[Finding]) -> set[str]:
    return {each.rule.removeprefix("consistency/") for each in findings}


def test_artifacts_that_agree_have_no_findings() -> None:
    assert disagreements(parts()) == {}


@pytest.mark.parametrize(("kind", "old", "new", "rule", "other"), APART)
def test_a_disagreement_is_a_finding_on_both_sides(
    kind: str, old: str, new: str, rule: str, other: str
) -> None:
    text = ALL[kind][1]
    assert text.count(old) == 1
    found = disagreements(parts(**{kind: text.replace(old, new)}))
    assert rule in told(found[kind])
    assert rule in told(found[other])
    mine = next(each for each in found[kind] if each.rule == f"consistency/{rule}")
    assert mine.path == ALL[kind][0]
    assert ALL[other][0] in " ".join(each.message for each in found[kind])


def test_secrets_have_one_name_wherever_they_are_taken_from() -> None:
    overlay = KUBERNETES.replace("{name: shop, key", "{name: shop-secrets, key")
    both = parts() | {
        "kustomize": Part("kustomize", [ArtifactFile("kustomize/base/a.yaml", overlay)])
    }
    found = disagreements(both)
    assert told(found["kubernetes"]) == told(found["kustomize"]) == {"secret"}


def test_every_rule_is_tried() -> None:
    tried = {f"consistency/{rule}" for *_, rule, _ in APART}
    assert tried | {"consistency/secret"} == set(SEVERITY)


def test_a_finding_says_what_stands_where() -> None:
    found = disagreements(parts(dockerfile=DOCKERFILE.replace("EXPOSE 8000", "EXPOSE 3000")))
    (one,) = [each for each in found["dockerfile"] if "k8s" in each.message]
    assert (one.line, one.message) == (
        5,
        "The port here is 3000, and in k8s/deployment.yaml:12 it is 8000.",
    )


def test_artifacts_for_two_targets_are_no_disagreement() -> None:
    both = {
        "gke": Part("kubernetes", [ArtifactFile("k8s/a.yaml", KUBERNETES)]),
        "eks": Part("kubernetes", [ArtifactFile("k8s/a.yaml", KUBERNETES.replace("8000", "1"))]),
    }
    assert disagreements(both) == {}


@pytest.mark.parametrize("project", SAMPLES)
def test_what_the_blueprint_makes_of_a_project_agrees(project: str) -> None:
    for facts in applications(project):
        built = {kind: Part(kind, build(kind, facts).files) for kind in TEMPLATES}
        found = disagreements(built)
        assert [each.message for some in found.values() for each in some] == []
