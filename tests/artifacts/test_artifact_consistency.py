"""Artifacts of one project against each other: what they agree on, and each way to disagree."""

from collections.abc import Mapping

import pytest

from tests.artifacts.catalogue.built import PROJECTS, SAMPLES
from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.consistency import SEVERITY, Member, disagreements
from webapp.context import read_directory
from webapp.domain.artifact import ArtifactFile, Finding, Severity

DOCKERFILE = """\
FROM python:3.13-slim
USER 10001:10001
EXPOSE 8000
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/healthz"]
CMD ["gunicorn", "app:app"]
"""
COMPOSE = """\
services:
  shop:
    build: .
    image: shop:1.2.0
    user: "10001"
    ports: ["127.0.0.1:80:8000"]
    environment:
      DATABASE_URL: postgresql://shop@db:5432/shop
      LOG_LEVEL: info
  db:
    image: postgres:17
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    metadata:
      labels:
        app: shop
    spec:
      securityContext:
        runAsUser: 10001
      containers:
        - name: shop
          image: registry.example.com/team/shop:1.2.0
          ports:
            - containerPort: 8000
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: shop-secrets
                  key: DATABASE_URL
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8000
---
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector:
    app: shop
  ports:
    - port: 80
      targetPort: 8000
"""
CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: 1.2.0\n"
VALUES = """\
image:
  repository: shop
  tag: ""
containerPort: 8000
env:
  LOG_LEVEL: info
secret:
  name: shop-secrets
  keys:
    - DATABASE_URL
podSecurityContext:
  runAsUser: 10001
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: shop
spec:
  podSelector:
    matchLabels:
      app: shop
  ingress:
    - ports:
        - port: 8000
"""
RULES = """\
groups:
  - name: shop
    rules:
      - alert: Down
        expr: up{job="shop"} == 0
      - alert: Replicas
        expr: kube_deployment_status_replicas{deployment="shop"} < 1
"""
COLLECTOR = """\
receivers:
  prometheus:
    config:
      scrape_configs:
        - job_name: shop
          static_configs:
            - targets: ["shop:8000"]
"""
WORKFLOW = """\
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13"
      - run: docker build --tag "ghcr.io/team/shop:$GITHUB_SHA" .
"""
PIPELINE = """\
test:
  image: python:3.13
  script:
    - docker build -t shop:1.2.0 .
"""
SET = {
    "dockerfile": ("Dockerfile", DOCKERFILE),
    "compose": ("compose.yaml", COMPOSE),
    "kubernetes": ("k8s/shop.yaml", DEPLOYMENT),
    "helm": ("chart/values.yaml", VALUES),
    "network-policies": ("network-policies/shop.yaml", POLICY),
    "prometheus-rules": ("rules/shop.yml", RULES),
    "otel-collector": ("otel-collector.yaml", COLLECTOR),
    "github-actions": (".github/workflows/ci.yml", WORKFLOW),
    "gitlab-ci": (".gitlab-ci.yml", PIPELINE),
}
# Two kinds, what the first one says instead, and the rule and lines that are found; "" is none.
APART = [
    ("dockerfile kubernetes", ("8000\nH", "3000\nH"), "port", (3, 17)),
    ("kubernetes dockerfile", ("containerPort: 8000", "hostIP: ''"), "", ()),
    ("kubernetes dockerfile", ("targetPort: 8000", "targetPort: 3000"), "port", (38, 3)),
    ("compose dockerfile", ("80:8000", "80:3000"), "port", (6, 3)),
    ("compose kubernetes", ("80:8000", "80:3000"), "port", (6, 17)),
    ("helm dockerfile", ("containerPort: 8000", "containerPort: 80"), "port", (4, 3)),
    ("network-policies compose", ("port: 8000", "port: 8001"), "port", (11, 6)),
    ("compose kubernetes", ("shop:1.2.0", "store:1.2.0"), "image", (4, 15)),
    ("compose kubernetes", ("shop:1.2.0", "shop:1.3.0"), "image", (4, 15)),
    ("compose kubernetes", ("shop:1.2.0", "shop:dev"), "", ()),
    ("compose kubernetes", ("shop:1.2.0", "$IMAGE"), "", ()),
    ("github-actions kubernetes", ("team/shop", "team/store"), "image", (8, 15)),
    ("gitlab-ci helm", ("shop:1.2.0", "shop:1.1.0"), "image", (4, 2)),
    ("dockerfile kubernetes", ("USER 10001", "USER 1000"), "user", (2, 12)),
    ("dockerfile compose", ("USER 10001", "USER root"), "user", (2, 5)),
    ("dockerfile compose", ("USER 10001:10001", "USER nobody"), "", ()),
    ("helm dockerfile", ("runAsUser: 10001", "runAsUser: 1001"), "user", (12, 2)),
    ("compose kubernetes", ("DATABASE_URL", "DB_URL"), "env", (8, 19)),
    ("compose kubernetes", ("LOG_LEVEL", "LOGGING"), "", ()),
    ("helm compose", ("DATABASE_URL", "DB_URL"), "env", (10, 8)),
    ("helm kubernetes", ("name: shop-secrets", "name: store"), "secret", (10, 23)),
    ("kubernetes dockerfile", ("path: /healthz", "path: /ready"), "probe", (26, 4)),
    ("kubernetes dockerfile", ("path: /healthz", "path: /"), "", ()),
    ("network-policies kubernetes", ("app: shop", "app: store"), "label", (8, 9)),
    ("prometheus-rules kubernetes", ('nt="shop', 'nt="store'), "label", (7, 4)),
    ("prometheus-rules otel-collector", ('job="shop', 'job="store'), "scrape", (5, 5)),
    ("otel-collector compose", ("shop:8000", "shop:9000"), "scrape", (7, 6)),
    ("otel-collector kubernetes", ("shop:8000", "shop:9000"), "scrape", (7, 17)),
    ("otel-collector compose", ("shop:8000", "store:8000"), "service", (7, 2)),
    ("otel-collector compose", ("shop:8000", "store.example.com:8000"), "", ()),
    ("github-actions dockerfile", ('"3.13"', '"3.11"'), "runtime", (7, 1)),
    ("gitlab-ci dockerfile", ("python:3.13", "python:3.12"), "runtime", (2, 1)),
    ("gitlab-ci dockerfile", ("python:3.13", "node:24"), "", ()),
]


def member(kind: str, text: str | None = None, application: str | None = None) -> Member:
    """A member of the set above, or the same with another text."""
    path, own = SET[kind]
    files = [ArtifactFile(path, own if text is None else text)]
    if kind == "helm":
        files.append(ArtifactFile("chart/Chart.yaml", CHART))
    return Member(kind, None, tuple(files), application)


def between(*kinds: str, **changed: tuple[str, str]) -> Mapping[str, list[Finding]]:
    """The disagreements of some kinds of the set; in those named, a text is replaced."""
    members = {}
    for kind in kinds:
        old, new = changed.get(kind.replace("-", "_"), ("", ""))
        assert old in SET[kind][1]
        members[kind] = member(kind, SET[kind][1].replace(old, new) if old else None)
    return disagreements(members)


def test_a_set_that_agrees_has_no_findings() -> None:
    assert disagreements({kind: member(kind) for kind in SET}) == {kind: [] for kind in SET}


@pytest.mark.parametrize(("kinds", "changed", "rule", "lines"), APART)
def test_two_artifacts_disagree(
    kinds: str, changed: tuple[str, str], rule: str, lines: tuple[int, ...]
) -> None:
    one, other = kinds.split()
    found = between(one, other, **{one.replace("-", "_"): changed})
    expected = [(f"consistency/{rule}", line) for line in lines]
    assert [(each.rule, each.line) for each in found[one][:1]] == expected[:1]
    assert [(each.rule, each.line) for each in found[other][:1]] == expected[1:]
    assert all(each.rule == f"consistency/{rule}" for each in (*found[one], *found[other]))


def test_a_disagreement_names_both_places_on_both_sides() -> None:
    found = between("dockerfile", "kubernetes", kubernetes=("targetPort: 8000", "targetPort: 3000"))
    sentence = "Dockerfile:3 exposes 8000, and k8s/shop.yaml:38 sends to 3000."
    assert found == {
        "dockerfile": [
            Finding("consistency/port", Severity.WARNING, "Dockerfile", 3, sentence),
        ],
        "kubernetes": [
            Finding("consistency/port", Severity.WARNING, "k8s/shop.yaml", 38, sentence),
        ],
    }


def test_a_secret_that_lacks_a_key_disagrees_with_who_asks_for_it() -> None:
    made = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-secrets\nstringData:\n  OTHER: x\n"
    )
    kept = Member("kustomize", None, (ArtifactFile("kustomize/base/secret.yaml", made),))
    found = disagreements({"a": member("helm"), "b": kept})
    assert [(each.rule, each.line) for each in found["b"]] == [("consistency/secret", 6)]


def test_variables_that_come_from_elsewhere_agree_with_all() -> None:
    open_ended = ("      DATABASE_URL: postgresql://shop@db:5432/shop\n", "")
    found = between("compose", "kubernetes", compose=open_ended)
    assert [each.rule for each in found["compose"]] == ["consistency/env"]
    text = COMPOSE.replace(*open_ended).replace("    user:", "    env_file: .env\n    user:")
    members = {"a": member("compose", text), "b": member("kubernetes")}
    assert disagreements(members) == {"a": [], "b": []}


def test_members_of_one_kind_are_not_compared() -> None:
    one = Member("kubernetes", "gke", member("kubernetes").files)
    text = DEPLOYMENT.replace("8000", "3000")
    other = Member("kubernetes", "eks", member("kubernetes", text).files)
    assert disagreements({"a": one, "b": other}) == {"a": [], "b": []}
    found = disagreements({"a": one, "b": other, "c": member("dockerfile")})
    assert not found["a"]
    assert {each.rule for each in found["b"]} == {"consistency/port"}


def test_applications_of_a_project_are_compared_with_their_own() -> None:
    text = """\
services:
  api:
    build: ./services/api
    ports: ["8080:8080"]
  web:
    build: {context: ., dockerfile: services/web/Dockerfile}
    ports: ["3000:3000"]
"""
    compose = member("compose", text)
    api = member("dockerfile", "FROM alpine:3.23\nEXPOSE 8080\n", "services/api")
    web = member("dockerfile", "FROM alpine:3.23\nEXPOSE 3000\n", "services/web")
    assert not any(disagreements({"all": compose, "api": api, "web": web}).values())
    mixed = member("dockerfile", "FROM alpine:3.23\nEXPOSE 3000\n", "services/api")
    found = disagreements({"all": compose, "api": mixed, "web": web})
    assert [(each.rule, each.line) for each in found["all"]] == [("consistency/port", 4)]
    assert found["web"] == []


def test_an_artifact_that_does_not_parse_says_nothing() -> None:
    found = disagreements({"a": member("dockerfile"), "b": member("kubernetes", "{ a: [")})
    assert found == {"a": [], "b": []}


@pytest.mark.parametrize("project", SAMPLES)
def test_all_that_the_blueprint_makes_of_a_project_agrees(project: str) -> None:
    found = disagreements(templates(project))
    assert {key: each for key, each in found.items() if each} == {}
    assert len(found) >= len([kind for kind in KINDS.values() if kind.blueprint])


def templates(project: str) -> dict[str, Member]:
    """Every kind and target for every application of a project."""
    applications = read_directory(PROJECTS / project).applications
    first, *others = [each.facts for each in applications]
    members: dict[str, Member] = {}
    for kind in KINDS.values():
        for target in (*([] if kind.needs_target else [None]), *kind.targets):
            for each in applications[:1] if kind.takes_all else applications:
                folder = each.folder if len(applications) > 1 and not kind.takes_all else None
                known = (first, tuple(others)) if kind.takes_all else (each.facts, ())
                if kind.blueprint:
                    files = kind.blueprint(BlueprintInput("", target, *known)).files
                    key = f"{kind.name}@{target} {folder}"
                    members[key] = Member(kind.name, target, files, folder)
    return members


def test_every_rule_is_a_warning() -> None:
    assert set(SEVERITY.values()) == {Severity.WARNING}
