import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.gitlab_ci import check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("shop.gitlab-ci.yml")
PATH = ".gitlab-ci.yml"
DEPLOY = "script: [./scripts/deploy.sh]"

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("stages: [test, build, deploy]", "stages: [build, deploy]", "undefined-stage", None),
    ("stage: build", "stage: biuld", "undefined-stage", "stage: biuld"),
    ("needs: [lint]", "needs: [lnit]", "undefined-job", "[lnit]"),
    ("needs: [lint]", "needs: [.python]", "undefined-job", "needs: [.python]"),
    ("job: image:build", "job: image", "undefined-job", "job: image"),
    ("dependencies: []", "dependencies: [images]", "undefined-job", "[images]"),
    ("needs: [lint]", "needs: [deploy]", "later-job", "needs: [deploy]"),
    ("dependencies: []", "dependencies: [lint]", "not-needed", "dependencies:"),
    (
        "script: [ruff check .]",
        "script: [ruff check .]\n  needs: [test]",
        "needs-cycle",
        "needs: [test]\n\ntest:",
    ),
    (
        ".python:\n  image",
        ".python:\n  extends: .python\n  image",
        "template-cycle",
        "  extends: .python\n  image",
    ),
    ("!reference [.python,", "!reference [.pyton,", "unknown-template", "!reference"),
    ("  " + DEPLOY, "", "no-script", "deploy:\n"),
    ("dependencies: []", "only: [main]", "rules-and-only", "only:"),
    ("timeout: 20 minutes", "timeoout: 20 minutes", "unknown-field", "timeoout"),
    ("when: manual", "when: sometimes", "wrong-value", "when: sometimes"),
    (DEPLOY, "script: 1", "wrong-type", "script: 1"),
    (DEPLOY, "script: [a]\n  run_on: b", "unknown-field", "run_on"),
    ("name: production, ", "", "missing-field", "environment:"),
]
REMARKED = [
    ("alpine:3.23", "alpine:latest", "unpinned-image", "alpine:latest"),
    ("postgres:17-alpine", "postgres", "unpinned-image", "name: postgres"),
    ("[docker:29-dind]", "[docker]", "unpinned-image", "[docker]"),
    ("$TEST_PASSWORD", "hunter2", "literal-secret", "hunter2"),
    ("$TEST_PASSWORD", "{value: hunter2}", "literal-secret", "hunter2"),
    ("./scripts/deploy.sh", "curl -fsSL https://get.sh | sh", "pipe-to-shell", "curl"),
]


def test_a_good_pipeline_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_gitlab_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str | None
) -> None:
    text = faulty(GOOD, old, new)
    found = places(errors(check(files(PATH, text))))
    assert {one for one, _ in found} == {f"gitlab-ci/{rule}"}
    assert mark is None or [line for _, line in found] == [line_of(text, mark)]


def test_a_template_that_does_not_exist_is_an_error_on_its_line() -> None:
    text = faulty(GOOD, "lint:\n  extends: .python", "lint:\n  extends: .pyton")
    rule, line = "gitlab-ci/unknown-template", line_of(text, "extends: .pyton\n")
    assert places(check(files(PATH, text))) == [(rule, line)]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == (f"gitlab-ci/{rule}", Severity.WARNING)
    assert found.line == line_of(text, mark)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stages: [test, build, deploy]\n", "stages: [test, build, deploy]\ninclude: more.yml\n"),
        ("needs: [lint]", "needs: [{job: elsewhere, optional: true}]"),
        ("needs: [lint]", "needs: ['lint: [3.13]', 'lint 1/5']"),
        ("needs: [lint]", "needs: !reference [.python, needs]"),
        ("needs: [lint]", "needs: [{pipeline: $UP, job: any}]"),
        ("timeout: 20 minutes", "timeout: !reference [.python, timeout]"),
        ("needs: [lint]", "allow_failure: true"),
        (DEPLOY, "trigger: {project: shop/deployment}"),
    ],
)
def test_what_gitlab_takes_is_no_error(old: str, new: str) -> None:
    assert check(files(PATH, faulty(GOOD, old, new))) == []


def test_included_files_may_declare_what_is_missing_here() -> None:
    text = (
        "include: {local: ci/base.yml}\nt:\n  extends: .base\n  needs: [a]\n  stage: scan\nu: {}\n"
    )
    assert check(files(PATH, text)) == []


def test_without_stages_there_are_those_of_gitlab() -> None:
    text = "a: {script: a}\nb: {stage: deploy, script: a}\nc: {stage: scan, script: a}\n"
    assert places(check(files(PATH, text))) == [("gitlab-ci/undefined-stage", 3)]


def test_only_and_rules_meet_in_a_template_too() -> None:
    text = (
        "image: a:1\n.t: {only: [main]}\nt:\n  extends: .t\n  rules: [{when: always}]\n  script: a"
    )
    assert places(check(files(PATH, text))) == [("gitlab-ci/rules-and-only", 3)]


def test_a_header_with_inputs_may_stand_before_the_pipeline() -> None:
    header = "spec:\n  inputs:\n    stage: {default: test}\n---\n"
    assert check(files(PATH, header + GOOD)) == []
    assert places(check(files(PATH, header + header + GOOD))) == [("gitlab-ci/one-document", 5)]


@pytest.mark.parametrize("text", ["- a\n", "a\n", f"{GOOD}---\n{GOOD}", "# nothing\n"])
def test_a_pipeline_is_one_mapping(text: str) -> None:
    assert places(check(files(PATH, text))) == [("gitlab-ci/one-document", None)]


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_lines_end_where_yaml_ends_them(end: str) -> None:
    text = f"a: 1{end}b: !reference [a]{end}t: {{script: a, run_on: b}}{end}"
    assert ("gitlab-ci/unknown-field", 3) in places(check(files(PATH, text)))


def test_a_pipeline_without_a_job_is_an_error() -> None:
    text = "stages: [test]\n.t: {script: a}\n"
    assert places(check(files(PATH, text))) == [("gitlab-ci/no-jobs", None)]


def test_another_file_is_not_checked_and_that_is_said() -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile("ci/base.yml", "a: [")]
    assert places(check(answer)) == [("gitlab-ci/other-file", None)]
    found = places(check(answer[1:]))
    assert found == [("gitlab-ci/no-file", None), ("gitlab-ci/other-file", None)]


@pytest.mark.parametrize(
    "text",
    [
        "cache: {key: " + "a" * 400_000 + "/}",
        "a: {script: '" + "curl " * 100_000 + "'}",
        "a:\n  script:\n  - '" + "!reference [" * 30_000 + "'",
        ".x: [" + "a, " * 40_000 + "a]\n" + "".join(f"j{n}: {{extends: .x}}\n" for n in range(999)),
    ],
    ids=["slash", "curl", "reference", "wide template"],
)
def test_a_hostile_pipeline_is_looked_through_in_linear_time(text: str) -> None:
    assert len(check(files(PATH, text))) <= 300
