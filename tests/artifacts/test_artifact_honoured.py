"""Whether artifacts show what is known of a project."""

import pytest

from tests.artifacts.catalogue.built import SAMPLES, TEMPLATES, applications, build, facts
from webapp.artifacts.honoured import ASKED, SEVERITY, honoured
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.domain.project import Facts

SHARE = 0.95
SHOP = facts(
    language="python",
    version="3.13",
    installer="poetry",
    manifest="pyproject.toml",
    entry="shop.main:app",
    start="gunicorn shop.main:app",
    port="8000",
    health="/healthz",
    env=("DATABASE_URL", "LOG_LEVEL"),
    service=("postgresql", "something-else"),
    metric=("shop_orders_total", "shop_baskets"),
    metrics_route=":9000/prometheus",
)
DOCKERFILE = """\
FROM python:3.13
COPY pyproject.toml ./
RUN poetry install
EXPOSE 8000
HEALTHCHECK CMD curl http://localhost:8000/healthz
CMD ["gunicorn", "shop.main:app"]
"""
COMPOSE = """\
services:
  shop:
    build: .
    ports: ["8000:8000"]
    environment: {DATABASE_URL: "${DATABASE_URL}"}
    healthcheck: {test: curl http://localhost:8000/healthz}
  db: {image: "postgres:17"}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
        - image: shop:1.0
          ports: [{containerPort: 8000}]
          env: [{name: DATABASE_URL, value: postgres://db}]
          livenessProbe: {httpGet: {path: /healthz, port: 8000}}
"""
WORKFLOW = """\
jobs:
  test:
    steps:
      - uses: actions/setup-python@v6
        with: {python-version: "3.13"}
      - run: poetry install
"""
UNIT = "[Service]\nEnvironment=PORT=8000\nExecStart=/opt/shop/bin/gunicorn shop.main:app\n"
RULES = 'groups: [{name: a, rules: [{expr: "rate(shop_orders_total[5m]) > 1"}]}]\n'
COLLECTOR = """\
scrape_configs:
  - job_name: shop
    metrics_path: /prometheus
    static_configs: [{targets: ["shop:9000"]}]
"""
FILES = {
    "dockerfile": ("Dockerfile", DOCKERFILE),
    "compose": ("compose.yaml", COMPOSE),
    "kubernetes": ("k8s/shop.yaml", DEPLOYMENT),
    "github-actions": (".github/workflows/ci.yml", WORKFLOW),
    "systemd": ("systemd/shop.service", UNIT),
    "prometheus-rules": ("rules/shop.yml", RULES),
    "otel-collector": ("otel-collector.yaml", COLLECTOR),
}
IGNORED = [
    ("dockerfile", "EXPOSE 8000\nHEALTHCHECK CMD curl http://localhost:8000", "X x", "port"),
    ("dockerfile", "/healthz", "/ready", "health"),
    ("dockerfile", "HEALTHCHECK", "RUN", "health"),
    ("dockerfile", "python:3.13", "python:3.9", "version"),
    ("dockerfile", "python:3.13", "python", "version"),
    ("dockerfile", "poetry install", "pip install .", "installer"),
    ("dockerfile", "COPY pyproject.toml", "COPY requirements.txt", "manifest"),
    ("dockerfile", '"gunicorn", "shop.main:app"', '"flask", "--app", "x"', "start"),
    ("dockerfile", "CMD [", "RUN [", "start"),
    ("compose", ":8000", ":80", "port"),
    ("compose", "{DATABASE_URL: ", "{DB_URL: ", "env"),
    ("compose", "postgres:17", "mysql:8.4", "service"),
    ("kubernetes", "8000", "3000", "port"),
    ("kubernetes", "/healthz", "/", "health"),
    ("kubernetes", "name: DATABASE_URL", "name: DB_URL", "env"),
    ("github-actions", '"3.13"', '"3.14"', "version"),
    ("github-actions", "poetry install", "uv sync", "installer"),
    ("systemd", "PORT=8000", "PORT=80", "port"),
    ("systemd", "gunicorn shop.main:app", "flask --app x", "start"),
    ("prometheus-rules", "shop_orders_total", "http_requests_total", "metric"),
    ("otel-collector", "/prometheus", "/metrics", "metrics_route"),
    ("otel-collector", "    metrics_path: /prometheus\n", "", "metrics_route"),
]


def missed(kind: str, text: str, known: Facts = SHOP) -> set[str]:
    found = honoured(kind, [ArtifactFile(FILES[kind][0], text)], known)
    return {name for name, is_honoured in found.checked.items() if not is_honoured}


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "systemd"])
def test_an_artifact_that_shows_all_facts_has_no_findings(kind: str) -> None:
    path, text = FILES[kind]
    found = honoured(kind, [ArtifactFile(path, text)], SHOP)
    assert found.checked == dict.fromkeys(ASKED[kind], True)
    assert found.findings == ()


@pytest.mark.parametrize(("kind", "old", "new", "fact"), IGNORED)
def test_a_fact_that_does_not_show_is_missed(kind: str, old: str, new: str, fact: str) -> None:
    text = FILES[kind][1]
    assert old in text
    assert fact in missed(kind, text.replace(old, new)) - missed(kind, text)


def test_a_language_that_nothing_brings_is_missed() -> None:
    text = DOCKERFILE.replace("python:3.13", "alpine:3.23").replace("poetry", "sh install.sh")
    assert "language" in missed("dockerfile", text)


def test_a_finding_names_the_fact_and_what_is_said_instead() -> None:
    text = DOCKERFILE.replace("8000", "3000")
    found = honoured("dockerfile", [ArtifactFile("Dockerfile", text)], SHOP)
    sentence = "The project listens on 8000 (somewhere:1), and Dockerfile:4 exposes 3000."
    assert found.findings == (Finding("facts/port", Severity.WARNING, "Dockerfile", 4, sentence),)


def test_a_finding_on_what_is_absent_has_no_line() -> None:
    text = COMPOSE.replace("{DATABASE_URL: ", "{DB_URL: ")
    (finding,) = honoured("compose", [ArtifactFile("compose.yaml", text)], SHOP).findings
    sentence = "The project reads DATABASE_URL (somewhere:1), and nothing gives it a value."
    assert (finding.path, finding.line, finding.message) == ("compose.yaml", None, sentence)


@pytest.mark.parametrize("kind", FILES)
def test_a_fact_that_the_project_does_not_tell_is_not_asked_for(kind: str) -> None:
    path, text = FILES[kind]
    found = honoured(kind, [ArtifactFile(path, text)], Facts())
    assert (found.checked, found.findings) == ({}, ())


def test_a_kind_without_a_place_for_facts_is_asked_for_none() -> None:
    assert honoured("text", [ArtifactFile("answer.md", "")], SHOP).checked == {}
    assert honoured("dockerfile", [], SHOP).checked == {}


def test_variables_out_of_a_file_are_taken_for_given() -> None:
    text = COMPOSE.replace("    environment: {", "    env_file: .env\n    environment: {X")
    found = honoured("compose", [ArtifactFile("compose.yaml", text)], SHOP)
    assert "env" not in found.checked


def test_an_artifact_for_all_applications_shows_the_facts_of_each() -> None:
    other = facts(language="go", port="9090", health="/up")
    found = honoured("compose", [ArtifactFile("compose.yaml", COMPOSE)], SHOP, (other,))
    assert {each.rule for each in found.findings} == {"facts/port", "facts/health"}
    assert found.checked == {"port": False, "health": False, "env": True, "service": True}


@pytest.mark.parametrize(
    ("told", "written"),
    [("22", "node:22.11-slim"), ("22.11.0", "node:22"), ("8", "eclipse-temurin:8-jre")],
)
def test_a_version_may_be_told_in_more_detail(told: str, written: str) -> None:
    language = "node" if "node" in written else "java"
    text = f"FROM {written}\n"
    assert "version" not in missed("dockerfile", text, facts(language=language, version=told))


def test_every_rule_is_a_warning_and_every_fact_can_be_missed() -> None:
    assert set(SEVERITY.values()) == {Severity.WARNING}
    asked = {name.replace("_", "-") for each in ASKED.values() for name in each}
    assert {f"facts/{name}" for name in asked} == set(SEVERITY)


def test_the_blueprint_honours_the_facts_of_the_sample_projects() -> None:
    checked: list[str] = []
    misses: list[str] = []
    for project in SAMPLES:
        for number, known in enumerate(applications(project)):
            for kind in TEMPLATES:
                found = honoured(kind, build(kind, known).files, known)
                checked += found.checked
                misses += (f"{project} {number} {each.message}" for each in found.findings)
    assert len(checked) > 500
    assert 1 - len(misses) / len(checked) >= SHARE, misses
