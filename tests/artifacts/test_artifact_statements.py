"""What artifacts of each kind say, and that hostile ones say it without harm."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import sample
from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.consistency import Member, disagreements
from webapp.artifacts.honoured import honoured
from webapp.artifacts.statements import READERS, Statement, Topic, read_statements
from webapp.artifacts.statements.statement import MAX_STATEMENTS
from webapp.domain.artifact import ArtifactFile

EXAMPLES = 60  # of each property; the whole file takes some seconds
DOCKERFILE = """\
ARG PYTHON=3.13
FROM python:${PYTHON} AS build
RUN pip install .
FROM gcr.io/distroless/python3-debian12
RUN useradd --uid 10001 app
COPY --from=build /app /app
USER app
ENV PORT=8000
EXPOSE 8000/tcp 9000
HEALTHCHECK CMD curl --fail http://127.0.0.1:8000/healthz?full=1
CMD ["python", "-m", "shop"]
"""
COMPOSE = """\
services:
  web:
    build: {context: ./services/web, dockerfile: Dockerfile}
    image: web:1.0
    user: "10001:10001"
    ports: ["127.0.0.1:8080:3000/tcp", {target: 9000}]
    environment: {DATABASE_URL: postgres://db, DEBUG: }
    healthcheck: {test: [CMD, wget, "http://localhost:3000/up"]}
    command: node server.js
  migrate:
    build: ./services/web
    restart: "no"
    environment: {ONLY_HERE: a}
  db:
    image: postgres:17
"""
MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    metadata:
      labels: {app: shop}
      annotations: {prometheus.io/port: "9000", prometheus.io/path: /metrics}
    spec:
      containers:
        - image: shop:1
          ports: [{containerPort: 8000}]
          envFrom: [{secretRef: {name: all}}]
          env:
            - {name: OTEL_SERVICE_NAME, value: shop}
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: kept, key: token}}}
          securityContext: {runAsUser: 1000}
          livenessProbe: {exec: {command: [curl, "http://localhost:8000/live"]}}
          readinessProbe: {tcpSocket: {port: 8000}}
        - image: otel/opentelemetry-collector-contrib:0.157.0
          ports: [{containerPort: 4317}]
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80, targetPort: 8000}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: collector}
data:
  config.yaml: |
    scrape_configs:
      - job_name: inner
"""
VALUES = """\
image:
  repository: team/shop
service:
  targetPort: 8000
cache:
  containerPort: 6379
secretKeys:
  - DATABASE_URL
"""
TEMPLATE = """\
ports:
  - containerPort: {{ .Values.service.targetPort | int }}
readinessProbe:
  httpGet:
    path: /healthz
    port: {{ include "x" . }}
env:
  - name: LOG_LEVEL
paths:
  - path: /
    runAsUser: {{- .Values.nothing }}
"""
WORKFLOW = """\
env: {IMAGE: ghcr.io/team/shop}
jobs:
  test:
    strategy: {matrix: {python: ["3.12", "3.13"]}}
    steps:
      - uses: actions/setup-python@v6
        with: {python-version: "${{ matrix.python }}"}
      - uses: docker/build-push-action@v6
        with:
          tags: |
            ${{ env.IMAGE }}:1.2.0
      - run: |
          # docker build --tag comment .
          docker build \\
            --tag "$IMAGE:$GITHUB_SHA" --file services/web/Dockerfile .
          docker run --detach -p 8080:3000 "$IMAGE"
"""
PIPELINE = """\
variables: {IMAGE: registry.example.com/shop}
test:
  image: maven:3.9-eclipse-temurin-21
  script:
    - docker push $IMAGE:1.0
    - rustup toolchain install 1.90
"""
TERRAFORM = """\
variable "port" {
  default = 8000
}
resource "aws_ecs_task_definition" "shop" {
  container_definitions = jsonencode([{
    image        = "team/shop:1.0"
    portMappings = [{ containerPort = 8000 }]
    environment  = [{ name = "LOG_LEVEL", value = "info" }]
  }])
}
resource "aws_lb_target_group" "shop" {
  port = var.port
  health_check {
    path = "/healthz"
  }
}
resource "aws_security_group" "shop" {
  ingress {
    from_port = 443
  }
}
locals {
  given = { SECRET_KEY = var.key, DATABASE_URL = { id = var.id } }
}
"""
PLAYBOOK = """\
- hosts: all
  vars:
    shop_port: 8000
    shop_environment: {DATABASE_URL: x}
  tasks:
    - ansible.builtin.uri: {url: "http://localhost:{{ shop_port }}/healthz"}
    - community.docker.docker_container:
        image: team/shop:1.0
        published_ports: ["8000:3000"]
"""
UNIT = """\
[Service]
User=10001
Environment=LOG_LEVEL=info
EnvironmentFile=/etc/shop/env
ExecStart=/opt/shop/bin/gunicorn --bind 0.0.0.0:8000 shop:app
"""
RULES = """\
groups:
  - name: shop
    rules:
      - alert: A
        expr: rate(shop_orders_total{job="shop", code=~"5.."}[5m]) > 1
      - alert: B
        expr: kube_deployment_status_replicas{deployment="web"} == 0
"""
COLLECTOR = """\
receivers:
  prometheus/own:
    config:
      scrape_configs:
        - job_name: shop
          metrics_path: /prometheus
          static_configs:
            - targets: ["shop:8000", "${HOST}:1"]
processors:
  resource:
    attributes: [{key: service.name, value: shop-web}]
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shop}
spec:
  podSelector: {matchLabels: {app: shop}}
  ingress: [{ports: [{port: 8000}, {port: http}]}]
"""
SAID = [
    (
        "dockerfile",
        "Dockerfile",
        DOCKERFILE,
        "runtime python 3.13 2; runtime python 3 4; user 10001 7; reaches 8000 8; listens 8000 9;"
        "listens 9000 9; reaches 8000 10; health /healthz 10; env PORT 8;"
        'start ["python", "-m", "shop"] 11',
    ),
    (
        "compose",
        "compose.yaml",
        COMPOSE,
        "service web 2; source services/web 3; builds web:1.0 4; user 10001 5; listens 3000 6;"
        "listens 9000 6; env DATABASE_URL 7; env DEBUG 7; reaches 3000 8; health /up 8;"
        "start node server.js 9; service migrate 10; service db 14; backing postgres:17 15",
    ),
    (
        "kubernetes",
        "k8s/shop.yaml",
        MANIFESTS,
        "label shop 7; target :9000 8; metrics-route /metrics 8; runs shop:1 11; listens 8000 12;"
        "open-env envFrom 13; env OTEL_SERVICE_NAME 15; job shop 15; env TOKEN 16;"
        "key kept/token 16; user 1000 17; reaches 8000 18; health /live 18; reaches 8000 19;"
        "service shop 25; served 80 28; reaches 8000 28; job inner 36",
    ),
    (
        "helm",
        "chart/values.yaml",
        VALUES,
        "runs team/shop:1.2.0 2; reaches 8000 4; listens 6379 6; env DATABASE_URL 8;"
        "listens 8000 2; health /healthz 5; env LOG_LEVEL 8",
    ),
    (
        "github-actions",
        ".github/workflows/ci.yml",
        WORKFLOW,
        "runtime python 3.12 7; runtime python 3.13 7; builds ghcr.io/team/shop:1.2.0 10;"
        "builds ghcr.io/team/shop:$GITHUB_SHA 14; source services/web 14; reaches 3000 16",
    ),
    (
        "gitlab-ci",
        ".gitlab-ci.yml",
        PIPELINE,
        "runtime java 21 3; builds registry.example.com/shop:1.0 5; runtime rust 1.90 6",
    ),
    (
        "terraform",
        "terraform/main.tf",
        TERRAFORM,
        "runs team/shop:1.0 6; listens 8000 7; env LOG_LEVEL 8; reaches 8000 12;"
        "health /healthz 14; env SECRET_KEY 23; env DATABASE_URL 23",
    ),
    (
        "ansible",
        "ansible/site.yml",
        PLAYBOOK,
        "listens 8000 3; env DATABASE_URL 4; open-env a template 4; reaches 8000 6;"
        "health /healthz 6; runs team/shop:1.0 8; open-env a template 8; listens 3000 9",
    ),
    (
        "systemd",
        "systemd/shop.service",
        UNIT,
        "user 10001 2; env LOG_LEVEL 3; open-env /etc/shop/env 4; listens 8000 5;"
        "start /opt/shop/bin/gunicorn --bind 0.0.0.0:8000 shop:app 5",
    ),
    (
        "prometheus-rules",
        "rules/shop.yml",
        RULES,
        "query shop 5; metric shop_orders_total 5; deployment-query web 7;"
        "metric kube_deployment_status_replicas 7",
    ),
    (
        "otel-collector",
        "otel-collector.yaml",
        COLLECTOR,
        "job shop 5; metrics-route /prometheus 6; target shop:8000 8; job shop-web 11",
    ),
    (
        "network-policies",
        "network-policies/shop.yaml",
        POLICY,
        "selector shop 5; reaches 8000 6",
    ),
]
# Said of all that runs, or of every step: nothing is told apart by them here.
COMMON = {Topic.WORKLOAD, Topic.BUILD_STEP}


def files_of(kind: str, path: str, text: str) -> tuple[ArtifactFile, ...]:
    extra = (
        ArtifactFile("chart/Chart.yaml", "name: shop\nappVersion: 1.2.0\n"),
        ArtifactFile("chart/templates/deployment.yaml", TEMPLATE),
    )
    return (ArtifactFile(path, text), *(extra if kind == "helm" else ()))


@pytest.mark.parametrize(("kind", "path", "text", "expected"), SAID)
def test_an_artifact_says_what_stands_in_it(kind: str, path: str, text: str, expected: str) -> None:
    said = read_statements(kind, files_of(kind, path, text))
    told = {f"{one.topic} {one.value} {one.line}" for one in said.made if one.topic not in COMMON}
    assert told == {one.strip() for one in expected.split(";")}


def test_every_kind_that_says_something_is_tried() -> None:
    alike = {"kustomize", "otel-sidecar", "shell"}  # read as manifests, and as steps of pipelines
    assert {kind for kind, *_ in SAID} | alike == set(READERS)


def test_what_is_said_of_a_service_names_it() -> None:
    said = read_statements("compose", files_of("compose", "compose.yaml", COMPOSE))
    assert {one.about for one in said.of(Topic.LISTENS)} == {"web"}
    assert [one.value for one in said.of(Topic.ENV) if one.is_needed] == ["DATABASE_URL"]


def test_a_statement_is_a_part_of_a_sentence() -> None:
    said = read_statements("dockerfile", [ArtifactFile("Dockerfile", "FROM a\nEXPOSE 80\n")])
    (statement,) = said.of(Topic.LISTENS)
    assert statement == Statement(Topic.LISTENS, "80", "Dockerfile", 2, "exposes")
    assert statement.sentence == "Dockerfile:2 exposes 80"


@pytest.mark.parametrize(
    "port", ["0", "65536", "99999999999999999999", "http", "-1", "80.5", "true", '"²"', "[80]"]
)
def test_what_is_no_port_is_not_told(port: str) -> None:
    text = MANIFESTS.replace("containerPort: 8000", f"containerPort: {port}")
    said = read_statements("kubernetes", [ArtifactFile("k8s/a.yaml", text)])
    assert said.of(Topic.RUNS)
    assert said.of(Topic.LISTENS) == []


def test_a_kind_without_a_reader_and_a_file_that_does_not_parse_say_nothing() -> None:
    assert read_statements("text", [ArtifactFile("answer.md", "port 80")]).made == ()
    assert read_statements("kubernetes", [ArtifactFile("k8s/a.yaml", "a: [")]).made == ()
    assert read_statements("terraform", [ArtifactFile("main.tf", 'a "b" {')]).made == ()
    assert read_statements("compose", []).made == ()


def test_there_are_not_more_statements_than_anybody_reads() -> None:
    text = "FROM a\n" + "".join(f"ENV A{number}=1\n" for number in range(3 * MAX_STATEMENTS))
    said = read_statements("dockerfile", [ArtifactFile("Dockerfile", text)])
    assert len(said.made) == MAX_STATEMENTS


KNOWN = sample("flask-shop")


@cache
def template(kind: str) -> tuple[ArtifactFile, ...]:
    """What the blueprint makes, of a kind that reads statements."""
    chosen = KINDS[kind]
    assert chosen.blueprint is not None
    target = chosen.targets[0] if chosen.needs_target else None
    return chosen.blueprint(BlueprintInput("", target, KNOWN)).files


READ = [kind for kind in READERS if kind in KINDS]
# What breaks readers: other types, nothing, depth, templates, anchors, huge numbers and texts.
HOSTILE = st.sampled_from(
    (
        *("{}", "[]", "null", "[[1]]", "{a: b}", "true", "- x", "&a [*a]", "&a x", "*a", "\t"),
        *("1e999", "9" * 400, "0x" + "f" * 50, "${A:-${B}}", "{{ x }}", "{{ .Values.a.b }}", ":"),
        *("<<: [1, 2]", "? [a]", "'", '"', "#", "\\", "\n", "\x00", "\ud800", "…", "-" * 500),
        *("[" * 80, "{" * 80, "((" * 200, "http://localhost:99999/" + "a" * 300, "EXPOSE", "<<-X"),
    )
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(kind=st.sampled_from(READ), data=st.data())
def test_changed_files_never_break_a_reader(kind: str, data: st.DataObject) -> None:
    changed = []
    for file in template(kind):
        lines = file.content.split("\n")
        for _ in range(data.draw(st.integers(0, 4))):
            number = data.draw(st.integers(0, len(lines) - 1))
            name, colon, _ = lines[number].partition(":")
            piece = data.draw(HOSTILE)
            lines[number] = f"{name}{colon} {piece}" if data.draw(st.booleans()) else piece
        changed.append(ArtifactFile(file.path, "\n".join(lines)))
    said = read_statements(kind, changed)
    assert all(one.line >= 1 and "\n" not in one.sentence for one in said.made)
    honoured(kind, changed, KNOWN)
    others = {other: Member(other, None, template(other)) for other in ("compose", "kubernetes")}
    disagreements({"changed": Member(kind, None, tuple(changed)), **others})


@settings(max_examples=EXAMPLES, deadline=None)
@given(kind=st.sampled_from(READ), text=st.text(max_size=400))
def test_any_text_is_read(kind: str, text: str) -> None:
    files = [ArtifactFile(file.path, text) for file in template(kind)]
    read_statements(kind, files)
    honoured(kind, files, KNOWN)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize(
    "text",
    [
        *("docker run -p " * 20_000, "useradd " * 30_000, "{{ .Values." * 30_000, "a_" * 100_000),
        *("http://localhost" * 20_000, "${" * 100_000, "\\\n" * 60_000, "[" * 100_000),
    ],
    ids=lambda text: repr(text[:9]),
)
def test_long_files_are_read_in_time(kind: str, text: str) -> None:
    """Quadratic reading would take minutes here."""
    wrapped = {
        "dockerfile": f"FROM a\nRUN {text}\nUSER x\nHEALTHCHECK CMD {text}\n",
        "gitlab-ci": f"a:\n  script: {text!r}\n",
        "prometheus-rules": f"groups: [{{rules: [{{expr: {text!r}}}]}}]\n",
        "systemd": f"ExecStart={text}\n",
    }
    files = [ArtifactFile(file.path, wrapped.get(kind, text)) for file in template(kind)[:1]]
    assert len(read_statements(kind, files).made) <= MAX_STATEMENTS


def test_a_terraform_module_is_read_with_what_it_is_called_with() -> None:
    call = 'module "app" {\n  source = "./modules/app"\n  port   = 8000\n  to     = local.to\n}\n'
    web = """\
variable "port" {
  default = 80
}
resource "google_cloud_run_v2_service" "shop" {
  template {
    containers {
      ports { container_port = var.port }
      liveness_probe {
        http_get { path = var.to }
      }
    }
  }
}
"""
    said = read_statements(
        "terraform",
        [
            ArtifactFile("terraform/main.tf", f'{call}locals {{\n  to = "/healthz"\n}}\n'),
            ArtifactFile("terraform/modules/app/main.tf", web),
            ArtifactFile(
                "terraform/modules/other/main.tf", 'variable "port" {\n  default = 1\n}\n'
            ),
        ],
    )
    assert said.values(Topic.LISTENS) == {"8000"}
    assert said.values(Topic.HEALTH) == {"/healthz"}


def test_templates_of_a_playbook_set_variables() -> None:
    text = "# {{ name }}\nSECRET_KEY={{ key }}\nPORT=8000\nEnvironment=LOG_LEVEL=info\na=1\n"
    said = read_statements("ansible", [ArtifactFile("ansible/templates/shop.env.j2", text)])
    assert said.values(Topic.ENV) == {"SECRET_KEY", "PORT", "LOG_LEVEL"}
    assert said.values(Topic.REACHES) == {"8000"}


@pytest.mark.parametrize(
    ("command", "routes"),
    [
        ("curl -f http://localhost:8000/up", {"/up"}),
        ("curl -f http://localhost:8000/up -o '/dev/null'", {"/up"}),
        ("exec 3<>/dev/tcp/localhost/80 && printf 'GET /up HTTP/1.0'", {"/up"}),
        ("""["ruby", "-e", "Net::HTTP.get_response('127.0.0.1', '/up', 3000)"]""", {"/up"}),
        ("""["node", "-e", "http.get({port: 80, path: '/up'})"]""", {"/up"}),
        ("""["/bin/check", "--config", "/etc/check.yaml"]""", set()),
    ],
)
def test_a_health_check_may_be_written_in_any_language(command: str, routes: set[str]) -> None:
    files = [ArtifactFile("Dockerfile", f"FROM a\nHEALTHCHECK CMD {command}\n")]
    assert read_statements("dockerfile", files).values(Topic.HEALTH) == routes
