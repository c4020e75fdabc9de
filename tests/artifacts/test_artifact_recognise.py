import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import SAMPLES
from webapp.artifacts.catalogue import KINDS, Kind
from webapp.artifacts.checking import Unit, check_of, check_unit
from webapp.artifacts.kind_rows import BY_KIND
from webapp.artifacts.recognise import is_candidate, may_be_companion, recognise
from webapp.domain.artifact import ArtifactFile

CHECKED = [kind for kind in KINDS.values() if kind.check]
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
PLAYBOOK = "---\n# Sites\n- name: Web\n  hosts: web\n  tasks: []\n"
RULES = "groups:\n  - name: a\n    rules: []\n"
WRAPPED = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups: []\n"
COLLECTOR = "receivers: {}\nservice:\n  pipelines: {}\n"

BY_NAME = [
    ("Dockerfile", "dockerfile"),
    ("web/Dockerfile.prod", "dockerfile"),
    ("web/api.Dockerfile", "dockerfile"),
    ("Containerfile", "dockerfile"),
    ("compose.yaml", "compose"),
    ("dev/docker-compose.override.yml", "compose"),
    ("/home/me/shop/.github/workflows/ci.yaml", "github-actions"),
    ("sub/.gitlab-ci.yml", "gitlab-ci"),
    ("ci/build.gitlab-ci.yml", "gitlab-ci"),
    ("chart/Chart.yaml", "helm"),
    ("infra/main.tf", "terraform"),
    ("infra/prod.tfvars", "terraform"),
    ("bin/deploy.sh", "shell"),
    ("Dockerfile.md", None),
    ("Dockerfile.j2", None),
    ("web.dockerignore", None),
    ("README.md", None),
    (".github/workflows/README.md", None),
    ("main.py", None),
]
BY_CONTENT = [
    ("shop.yml", "services:\n  web:\n    image: nginx\n", "compose"),
    ("shop.yml", "services:\n  - name: web\n", None),
    ("ci.yml", "on: push\njobs: {}\n", "github-actions"),
    ("ci.yml", '"on": push\njobs: {}\n', "github-actions"),
    ("ci.yml", "stages: [test]\ntest:\n  script: make\n", "gitlab-ci"),
    ("azure-pipelines.yml", "stages:\n  - stage: a\n    steps:\n      - script: make\n", None),
    ("web.yml", DEPLOYMENT, "kubernetes"),
    ("web.yml", f"# {DEPLOYMENT}", None),
    ("web.json", '{"kind": "Service", "apiVersion": "v1"}', "kubernetes"),
    ("web.yml", f"{DEPLOYMENT}  bad: [\n", "kubernetes"),
    ("web.md", DEPLOYMENT, None),
    ("alerts.yml", RULES, "prometheus-rules"),
    ("alerts.rules", RULES, "prometheus-rules"),
    ("alerts.yml", WRAPPED, "prometheus-rules"),
    ("alerts.yml", f"{WRAPPED}---\n{DEPLOYMENT}", "kubernetes"),
    ("users.yml", "groups:\n  - admin\n", None),
    ("agent.yml", COLLECTOR, "otel-collector"),
    ("alertmanager.yml", "receivers: []\nroute: {}\n", None),
    ("shop.json", '{"panels": [], "schemaVersion": 39}', "grafana-dashboard"),
    ("package.json", '{"name": "shop"}', None),
    ("site.yml", PLAYBOOK, "ansible"),
    ("site.yml", "- ansible.builtin.import_playbook: web.yml\n", "ansible"),
    ("hosts.yml", "- a\n- b\n", None),
    ("values.yaml", "image: nginx\n", None),
    ("deploy", "#!/usr/bin/env bash\nls\n", "shell"),
    ("deploy", "#!/bin/sh\r\nls\n", "shell"),
    ("deploy", "#!/usr/bin/env python3\n", None),
    ("deploy", "#!/bin/fish\n", None),
    ("LICENSE", "FROM nginx\n", None),
    ("-", "FROM nginx\n", "dockerfile"),
    ("-", 'resource "aws_vpc" "main" {\n}\n', "terraform"),
    ("-", DEPLOYMENT, "kubernetes"),
    ("-", "#!/bin/sh\nls\n", "shell"),
    ("-", "hello\n", None),
]
SAMPLE_KINDS = {
    "ci.workflow.yml": "github-actions",
    "cluster.k8s.yaml": "kubernetes",
    "deploy.sh": "shell",
    "shop.aws.tf": "terraform",
    "shop.compose.yaml": "compose",
    "shop.dashboard.json": "grafana-dashboard",
    "shop.gitlab-ci.yml": "gitlab-ci",
    "shop.k8s.yaml": "kubernetes",
    "shop.otel.yaml": "otel-collector",
    "shop.prometheusrule.yaml": "prometheus-rules",
    "shop.rules.yaml": "prometheus-rules",
    "site.ansible.yml": "ansible",
    "small.compose.yaml": "compose",
    "web.Dockerfile": "dockerfile",
    "web.k8s.yaml": "kubernetes",
}


def test_every_kind_that_is_checked_can_be_recognised() -> None:
    assert BY_KIND.keys() == {kind.name for kind in CHECKED}


@pytest.mark.parametrize("kind", CHECKED, ids=lambda kind: kind.name)
def test_the_check_that_is_loaded_alone_is_that_of_the_catalogue(kind: Kind) -> None:
    assert check_of(kind.name) is kind.check


@pytest.mark.parametrize(("path", "kind"), BY_NAME)
def test_a_name_says_what_a_file_is(path: str, kind: str | None) -> None:
    assert recognise(path, "") == kind


@pytest.mark.parametrize(("path", "content", "kind"), BY_CONTENT)
def test_else_the_content_says_it(path: str, content: str, kind: str | None) -> None:
    assert recognise(path, content) == kind


@pytest.mark.parametrize("name", SAMPLE_KINDS)
def test_the_samples_are_recognised_with_and_without_their_names(name: str) -> None:
    content = (SAMPLES / name).read_text(encoding="utf-8")
    assert recognise(name, content) == SAMPLE_KINDS[name]
    assert recognise("-", content) == SAMPLE_KINDS[name]


def test_a_file_that_is_recognised_is_one_that_is_read() -> None:
    named = [path for path, kind in BY_NAME if kind]
    listed = [path for path, _, kind in BY_CONTENT if kind and path != "-"]
    assert [path for path in (*named, *listed) if not is_candidate(path)] == []


@pytest.mark.parametrize(
    "path",
    [
        "chart/templates/_helpers.tpl",
        "chart/values.yaml",
        "app/.dockerignore",
        "ansible/roles/web/tasks/main.yml",
        "ansible/group_vars/all.yml",
        "ansible/templates/nginx.conf.j2",
    ],
)
def test_what_belongs_to_a_main_file_is_read_too(path: str) -> None:
    assert may_be_companion(path)


def test_a_file_of_source_code_is_not_read() -> None:
    assert not is_candidate("src/main.py")
    assert not may_be_companion("src/main.py")


@given(st.sampled_from(["-", "a.yml", "a.json", "a"]), st.text())
def test_any_content_is_recognised_or_not(path: str, content: str) -> None:
    assert recognise(path, content) in {None, *BY_KIND}


@pytest.mark.parametrize("piece", ["a", " ", "\n", "- ", "---\n", "a:", "#", "#!", "{", "\t-"])
def test_a_long_content_takes_a_step_a_character(piece: str) -> None:
    # A pattern that went back over what it has read would not end.
    assert recognise("-", piece * (1_500_000 // len(piece))) in {None, *BY_KIND}


@pytest.mark.parametrize("kind", sorted(BY_KIND.keys() - {"helm"}))  # a chart is a folder
def test_a_check_takes_a_file_of_any_name_and_reports_it_by_that(kind: str) -> None:
    (finding,) = check_unit(Unit(kind, (ArtifactFile("odd folder/what is this", ""),)))
    assert (finding.rule, finding.path) == ("text/empty", "odd folder/what is this")
