"""Which files of a project each kind is sent."""

import pytest

from tests.context import wants_table
from webapp.artifacts.catalogue import KINDS
from webapp.context.select import Chooser
from webapp.domain.project import Application, Fact, FactName, Facts, ProjectFile, estimate_tokens

OBJECT = "apiVersion: v1\nkind: Service\n"
FILES = {
    ".env.example": "PORT=\n",
    ".github/workflows/test.yml": "on: push\n",
    "Dockerfile": "FROM scratch\n",
    "Makefile": "test:\n",
    "Procfile": "web: gunicorn shop\n",
    "README.md": "# Shop\n",
    "app.py": "import flask\n",
    "chart/Chart.yaml": "name: shop\n",
    "chart/templates/service.yaml": OBJECT,
    "deploy/service.yaml": OBJECT,
    "deploy/shop.service": "[Unit]\n",
    "infra/main.tf": 'provider "aws" {}\n',
    "monitoring/rules.yml": "groups: []\n",
    "package-lock.json": "{}\n",
    "playbook.yml": "- hosts: all\n",
    "requirements.txt": "flask\n",
    "shop/catalog.py": "x = 1\n",
    "shop/health.py": "x = 2\n",
    "shop/metrics.py": "from prometheus_client import Counter\n",
    "templates/index.html": "<p>\n",
    "tests/test_app.py": "x = 3\n",
}
CLUSTER = {"chart/Chart.yaml", "chart/templates/service.yaml", "deploy/service.yaml"}
CI = {".github/workflows/test.yml", "Makefile"}
CONTAINER = {"Dockerfile", "Procfile"}
APP = {".env.example", "app.py", "shop/health.py", "requirements.txt", "README.md"}
KNOWN = {".env.example", "requirements.txt", "README.md"}
MEASURED = {"monitoring/rules.yml", "shop/metrics.py"}
NEVER = {"package-lock.json", "tests/test_app.py"}
SENT = {
    "dockerfile": APP | CONTAINER | CI,
    "compose": APP | CONTAINER | {"monitoring/rules.yml"},
    "kubernetes": APP | CONTAINER | CLUSTER,
    "helm": APP | CONTAINER | CLUSTER,
    "kustomize": APP | CONTAINER | CLUSTER,
    "network-policies": APP | CONTAINER | CLUSTER,
    "terraform": KNOWN | CONTAINER | CLUSTER | {"infra/main.tf"},
    "github-actions": KNOWN | CONTAINER | CI,
    "gitlab-ci": KNOWN | CONTAINER | CI,
    "ansible": APP | CONTAINER | {"playbook.yml", "deploy/shop.service"},
    "systemd": APP | CONTAINER | {"deploy/shop.service"},
    "prometheus-rules": APP | MEASURED,
    "grafana-dashboard": APP | MEASURED,
    "otel-collector": APP | MEASURED | CLUSTER | CONTAINER,
    "otel-sdk": APP | MEASURED | CONTAINER,
    "otel-sidecar": APP | {"monitoring/rules.yml"} | CLUSTER | CONTAINER,
    "shell": APP | CONTAINER | CI,
    "text": set(FILES) - NEVER,
}


@pytest.fixture(scope="module")
def chooser() -> Chooser:
    """A project with something for everybody; its route for health was found apart."""
    files = [ProjectFile(path, text, estimate_tokens(text)) for path, text in FILES.items()]
    health = Fact(FactName.HEALTH, "/healthz", "shop/health.py", 1)
    return Chooser(files, (Application("", Facts((health,))),))


@pytest.mark.parametrize("kind", SENT)
def test_each_kind_is_sent_what_tells_of_it(chooser: Chooser, kind: str) -> None:
    assert {file.path for file in chooser.choose(KINDS[kind].wants)} == SENT[kind]


def test_every_kind_says_what_it_wants() -> None:
    assert set(SENT) == set(KINDS)


def test_the_page_says_what_each_kind_wants() -> None:
    assert wants_table.written() == wants_table.table()


def test_where_the_budget_ends_a_kind_keeps_what_it_wants_most() -> None:
    files = [ProjectFile(path, text, 10) for path, text in FILES.items()]
    chooser = Chooser(files, budget_tokens=40)
    assert chooser.usual(KINDS["terraform"].wants) > {"infra/main.tf", "Dockerfile"}
    assert "infra/main.tf" not in chooser.usual(KINDS["dockerfile"].wants)


def test_files_are_added_and_left_out_for_every_kind(chooser: Chooser) -> None:
    added, left_out = ("shop/catalog.py",), ("README.md",)
    for kind in ("dockerfile", "terraform"):
        files = chooser.choose(KINDS[kind].wants, added=added, left_out=left_out)
        assert {file.path for file in files} == SENT[kind] - {*left_out} | {*added}
