import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.artifacts.checks.faulty import SAMPLES
from tests.processes import DEADLINE_S
from webapp.artifacts.kind_rows import BY_KIND
from webapp.cli import main

Omni = Callable[..., Result]
GOOD = "FROM nginx:1.29.1\nUSER 10001\n"
ROOT_USER = "FROM nginx:1.29.1\n"
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: nginx:1.29.1
"""
MODULE = 'variable "name" {\n  type = string\n}\noutput "id" {\n  value = var.name\n}\n'
CALLER = 'module "net" {\n  source = "../modules/net"\n  name   = "x"\n}\n'
USE = 'output "id" {\n  value = module.net.ids\n}\n'
COMPOSE = (
    "services:\n  web:\n    image: nginx:1.29.1\n    networks: [front]\nnetworks:\n  front: {}\n"
)
OVERLAY = "services:\n  web:\n    networks: [front]\n    restart: maybe\n"
PLAYBOOK = "- name: Web\n  hosts: web\n  roles:\n    - web\n"
TASKS = "- name: Greet\n  ansible.builtin.pong:\n"
SARIF_LEVELS = {"none", "note", "warning", "error"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the command is called in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(repository: Path) -> Omni:
    """Run `omni check` with these words."""

    def run(*words: str, given: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["check", *words], input=given)

    return run


def write(repository: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def places(result: Result) -> list[tuple[str, str, int | None]]:
    """Rule, path and line of what was found, as JSON tells it."""
    told = json.loads(result.stdout)
    assert told.keys() == {"findings"}
    return [(each["rule"], each["path"], each["line"]) for each in told["findings"]]


def test_a_clean_file_is_a_summary_and_exit_code_0(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": GOOD})
    done = check("Dockerfile")
    assert (done.exit_code, done.output) == (
        0,
        "1 file checked: 0 errors, 0 warnings, 0 notes.\n",
    )


def test_the_help_names_every_kind(check: Omni) -> None:
    shown = " ".join(check("--help").output.split()).replace("- ", "-")
    listed = shown.partition("Kinds: ")[2].partition(".")[0]
    assert set(listed.split(", ")) == set(BY_KIND)


def test_the_slower_tools_are_asked_where_that_is_wanted(check: Omni, repository: Path) -> None:
    write(repository, {"k8s/web.yaml": DEPLOYMENT})
    assert "checkov/" not in check("k8s").output
    done = check("--full", "k8s")
    assert (done.exit_code, "checkov/" in done.output) == (0, True)
    assert "k8s/web.yaml" in done.output.splitlines()[0]


def test_a_finding_is_a_line_and_a_warning_is_no_failure(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": ROOT_USER})
    done = check("Dockerfile")
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        [
            "Dockerfile:1: warning: No USER is set, so the container runs as root unless its base "
            "image says else. [dockerfile/root]",
            "1 file checked: 0 errors, 1 warning, 0 notes.",
        ],
    )


def test_an_error_is_exit_code_1(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": "EXPOS 80\n"})
    assert check("Dockerfile").exit_code == 1


def test_the_json_has_these_fields_and_no_others(check: Omni, repository: Path) -> None:
    write(repository, {"sub/api.Dockerfile": ROOT_USER, "sub/empty.sh": ""})
    done = check("--format", "json", "sub")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "findings": [
            {
                "rule": "dockerfile/root",
                "severity": "warning",
                "path": "sub/api.Dockerfile",
                "line": 1,
                "message": "No USER is set, so the container runs as root unless its base image "
                "says else.",
            },
            {
                "rule": "text/empty",
                "severity": "error",
                "path": "sub/empty.sh",
                "line": None,
                "message": "The file is empty.",
            },
        ]
    }


def test_sarif_is_what_its_readers_ask_for(check: Omni, repository: Path) -> None:
    """What the specification demands of a log of one run, and of each of its parts."""
    write(repository, {"a:b/my api.Dockerfile": f"{ROOT_USER}EXPOSE 80000\n", "empty.sh": ""})
    log = json.loads(check("--format", "sarif", ".").stdout)
    assert (log["version"], log.keys()) == ("2.1.0", {"$schema", "version", "runs"})
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "omni"
    assert isinstance(driver["version"], str)
    rules = [rule["id"] for rule in driver["rules"]]
    assert rules == sorted({result["ruleId"] for result in run["results"]})
    assert len(run["results"]) == 3
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in SARIF_LEVELS
        assert result["message"]["text"].endswith(".")
        (location,) = result["locations"]
        assert location.keys() == {"physicalLocation"}
    found = [
        (one["ruleId"], one["level"], one["locations"][0]["physicalLocation"])
        for one in run["results"]
    ]
    uri = {"artifactLocation": {"uri": "a%3Ab/my%20api.Dockerfile"}}
    assert ("dockerfile/root", "warning", uri | {"region": {"startLine": 1}}) in found
    assert ("hadolint/DL3011", "error", uri | {"region": {"startLine": 2}}) in found
    assert ("text/empty", "error", {"artifactLocation": {"uri": "empty.sh"}}) in found


def test_a_clean_run_is_a_whole_document_too(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": GOOD})
    assert json.loads(check("--format", "json", ".").stdout) == {"findings": []}
    (run,) = json.loads(check("--format", "sarif", ".").stdout)["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_an_absolute_path_is_told_as_it_was_given(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": ROOT_USER})
    path = str(repository / "Dockerfile")
    assert places(check("--format", "json", path)) == [("dockerfile/root", path, 1)]
    (run,) = json.loads(check("--format", "sarif", path).stdout)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == (repository / "Dockerfile").as_uri()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere"], "Error: There is no nowhere.\n"),
        (["notes"], "Error: No kind fits notes: say by --kind what it is.\n"),
        (["-"], "Error: No kind fits standard input: say by --kind what it is.\n"),
        (["link"], "Error: link is a symbolic link: give what it leads to.\n"),
        (["binary"], "Error: binary is not text in UTF-8.\n"),
        (["pipe"], "Error: pipe is no file.\n"),
        (["large"], "Error: large has more than 2 MB.\n"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence_and_exit_code_2(
    check: Omni, repository: Path, words: list[str], sentence: str
) -> None:
    write(repository, {"notes": "Buy milk.\n", "Dockerfile": GOOD, "large": "#" * 2_000_001})
    (repository / "link").symlink_to("Dockerfile")
    (repository / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(repository / "pipe")
    done = check("Dockerfile", *words, given=b"Buy milk.\n")
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    "words", [[], ["--kind", "text", "."], ["--kind", "x", "."], ["--format", "x", "."]]
)
def test_a_wrong_option_is_exit_code_2(check: Omni, words: list[str]) -> None:
    assert check(*words).exit_code == 2


def test_of_a_folder_what_nobody_checks_is_passed_over(check: Omni, repository: Path) -> None:
    files = {
        "README.md": "FROM here\n",
        "web/Dockerfile": ROOT_USER,
        "node_modules/x/Dockerfile": ROOT_USER,
        ".git/Dockerfile": ROOT_USER,
        ".gitignore": "built/\n",
        "built/Dockerfile": ROOT_USER,
        ".github/workflows/ci.yml": (SAMPLES / "ci.workflow.yml").read_text(),
        "deploy": "#!/bin/sh\nset -eu\nls\n",
        "unknown.yml": "a: 1\n",
    }
    write(repository, files)
    (repository / "Dockerfile").symlink_to("web/Dockerfile")
    (repository / "again").symlink_to("web")
    (repository / "binary").write_bytes(b"\xff\xfe")
    done = check(".")
    assert [line.partition(":")[0] for line in done.output.splitlines()[:-1]] == ["web/Dockerfile"]
    assert done.output.endswith("3 files checked: 0 errors, 1 warning, 0 notes.\n")


def test_a_link_in_a_chart_leads_nowhere(
    check: Omni, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.yaml"
    secret.write_text("password: canary-4711\n{{ end }}\n")
    templates = repository / "chart/templates"
    shutil.copytree(SAMPLES / "shop.chart", templates.parent)
    shutil.copy(secret, templates / "copy.yaml")
    assert "helm/unbalanced" in check("--format", "json", "chart").output
    (templates / "copy.yaml").unlink()
    (templates / "secret.yaml").symlink_to(secret)
    (templates / "elsewhere").symlink_to(secret.parent)
    (templates / "circle").symlink_to(templates)
    (templates.parent / "charts").symlink_to(secret.parent)
    done = check("--format", "json", "chart")
    assert (done.exit_code, json.loads(done.output)) == (0, {"findings": []})


def test_what_should_have_been_checked_and_could_not_is_an_error(
    check: Omni, repository: Path
) -> None:
    deep = "/".join("a" * 55)
    write(repository, {"Dockerfile": "#" * 2_000_001, "data.json": "#" * 2_000_001})
    write(repository, {f"{deep}/Dockerfile": GOOD})
    done = check("--format", "json", ".")
    unchecked = ["Dockerfile", deep[:99]]
    assert places(done) == [("file/not-checked", path, None) for path in unchecked]
    assert done.exit_code == 1


def test_a_kind_narrows_a_folder_and_names_what_a_file_is(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": ROOT_USER, "image": ROOT_USER, "empty.sh": ""})
    assert places(check("--kind", "shell", "--format", "json", ".")) == [
        ("text/empty", "empty.sh", None)
    ]
    assert places(check("--kind", "dockerfile", "--format", "json", "image")) == [
        ("dockerfile/root", "image", 1)
    ]


def test_standard_input_is_recognised_or_named(check: Omni) -> None:
    found = [("dockerfile/root", "-", 1)]
    assert places(check("--format", "json", "-", given=ROOT_USER.encode())) == found
    words = ("--kind", "dockerfile", "--format", "json", "-")
    assert places(check(*words, given=ROOT_USER.encode())) == found
    (run,) = json.loads(check("--format", "sarif", "-", given=ROOT_USER.encode()).stdout)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stdin"


def test_the_manifests_of_a_folder_are_checked_together(check: Omni, repository: Path) -> None:
    other = DEPLOYMENT.replace("app: web", "app: api")
    write(repository, {"k8s/service.yaml": SERVICE, "k8s/api.yaml": other, "web.yaml": DEPLOYMENT})
    found = [("kubernetes/selector-mismatch", "k8s/service.yaml", 6)]
    assert places(check("--format", "json", "."))[:1] == found
    # One that is given alone is judged beside the others, and only it is reported.
    assert places(check("--format", "json", "k8s/service.yaml")) == found
    (repository / "k8s/api.yaml").write_text(DEPLOYMENT)
    assert places(check("--format", "json", "k8s/service.yaml")) == []


def test_an_error_beside_a_file_is_told_because_it_hides_others(
    check: Omni, repository: Path
) -> None:
    write(repository, {"k8s/service.yaml": SERVICE, "k8s/web.yaml": f"{DEPLOYMENT}    bad: [\n"})
    assert places(check("--format", "json", "k8s/service.yaml")) == [
        ("yaml/syntax", "k8s/web.yaml", 18)
    ]


def test_a_chart_is_a_folder_and_its_parts_are_checked_with_it(
    check: Omni, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SAMPLES / "shop.chart", repository / "shop")
    shutil.copytree(SAMPLES / "worker.chart", repository / "shop/charts/worker")
    assert check("shop").output == "13 files checked: 0 errors, 0 warnings, 0 notes.\n"
    template = repository / "shop/templates/service.yaml"
    template.write_text(template.read_text() + "{{ if }}\n")
    for path in ("shop", "shop/templates/service.yaml"):
        (found,) = places(check("--format", "json", path))
        assert found[:2] == ("helm/syntax", "shop/templates/service.yaml")
    assert check("shop/values.yaml").exit_code == 1
    assert check("--kind", "kubernetes", "shop").output.startswith("0 files checked")
    monkeypatch.chdir("shop")
    assert places(check("--format", "json", "templates/service.yaml"))[0][0] == "helm/syntax"


def test_a_terraform_folder_is_a_module_and_knows_those_it_calls(
    check: Omni, repository: Path
) -> None:
    head = 'terraform {\n  required_version = ">= 1.9"\n}\n'
    files = {
        "modules/net/main.tf": head + MODULE,
        "prod/main.tf": head + CALLER,
        "prod/outputs.tf": USE,
    }
    write(repository, files)
    found = [("terraform/unknown-output", "prod/outputs.tf", 2)]
    for path in (".", "prod", "prod/outputs.tf"):
        assert places(check("--format", "json", path)) == found
    assert places(check("--format", "json", "prod/main.tf")) == found  # an error beside it


def test_a_module_behind_a_link_is_not_looked_into(
    check: Omni, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "main.tf").write_text("private = true\n")
    write(repository, {"prod/main.tf": CALLER, "modules/README.md": ""})
    (repository / "modules/net").symlink_to(elsewhere)
    rules = {rule for rule, _, _ in places(check("--format", "json", "prod"))}
    assert "terraform/no-module" in rules
    assert "terraform/stray" not in rules


def test_a_further_compose_file_is_judged_with_the_first(check: Omni, repository: Path) -> None:
    write(repository, {"compose.yaml": COMPOSE, "compose.prod.yaml": OVERLAY})
    found = [("compose/restart", "compose.prod.yaml", 4)]
    assert places(check("--format", "json", ".")) == found
    assert places(check("--format", "json", "compose.prod.yaml")) == found


def test_an_ansible_project_is_checked_with_its_roles(check: Omni, repository: Path) -> None:
    files = {"deploy/playbooks/site.yml": PLAYBOOK, "deploy/roles/web/tasks/main.yml": TASKS}
    write(repository, files)
    found = [("ansible/unknown-module", "deploy/roles/web/tasks/main.yml", 2)]
    assert places(check("--format", "json", "deploy")) == found
    assert places(check("--format", "json", "deploy/playbooks/site.yml")) == found


def test_an_ignore_file_is_checked_with_its_dockerfile(check: Omni, repository: Path) -> None:
    write(repository, {"Dockerfile": GOOD, "api.Dockerfile": GOOD, ".dockerignore": "*\n"})
    assert places(check("--format", "json", ".")) == [
        ("dockerfile/ignores-everything", ".dockerignore", 1)
    ]


def test_many_dockerfiles_of_a_folder_are_all_checked(check: Omni, repository: Path) -> None:
    write(repository, {f"{number}.Dockerfile": GOOD for number in range(12)})
    assert check(".").output == "12 files checked: 0 errors, 0 warnings, 0 notes.\n"


def test_names_and_texts_give_no_orders_to_a_terminal(check: Omni, repository: Path) -> None:
    write(repository, {"\x1b[2J\nx.sh": "", "compose.yaml": '"a\\eb": 1\n'})
    lines = check(".").output.splitlines()
    assert lines[0].startswith("\\x1b[2J\\nx.sh: error: ")
    assert all(line.isprintable() for line in lines)


def test_it_needs_and_leaves_nothing(repository: Path) -> None:
    """No settings, however bad; no database; no data folder; and nothing heavy is loaded."""
    write(repository, {"Dockerfile": ROOT_USER, ".env": "OMNI_PORT=high\n"})
    before = sorted(repository.rglob("*"))
    script = (
        "import sys; from webapp.cli import main\n"
        "try:\n main(['check', 'Dockerfile'])\nexcept SystemExit as end:\n print(end.code)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    environment = os.environ | {"OMNI_PORT": "high", "OMNI_DATA_DIR": str(repository / "data")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    *_, code, modules = done.stdout.splitlines()
    assert code == "0"
    heavy = {"asyncio", "pydantic", "sqlalchemy", "flask", "httpx", "yaml", "jsonschema"}
    assert heavy & set(modules.split()) == set()
    assert sorted(repository.rglob("*")) == before


def test_a_base_and_its_overlays_are_checked_together(check: Omni, repository: Path) -> None:
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
    files = {
        "k/base/kustomization.yaml": f"{head}  - web.yaml\n",
        "k/base/web.yaml": DEPLOYMENT,
        "k/overlays/production/kustomization.yaml": f"{head}  - ../../base\n  - lost.yaml\n",
    }
    write(repository, files)
    found = [("kustomize/missing-file", "k/overlays/production/kustomization.yaml", 5)]
    assert places(check("--format", "json", "k")) == found
