import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.github_actions import check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("ci.workflow.yml")
PATH = ".github/workflows/ci.yml"
SETUP = "actions/setup-python"
PYTHON = f"{SETUP}@ece7cb06caefa5fff74198d8649806c4678c61a1 # v6.3.0"
VERSION = "python-version: ${{ matrix.python }}"
TIMEOUT = "    timeout-minutes: 30\n"

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("needs: test", "needs: tests", "actionlint/job-needs", "  image:\n"),
    (TIMEOUT, "    timeout: 30\n", "actionlint/syntax-check", "timeout: 30"),
    (PYTHON, SETUP, "actionlint/action", SETUP),
    (PYTHON, f"{SETUP}@v3", "actionlint/action", SETUP),
    ("matrix.python }}", "matrix.pyton }}", "actionlint/expression", "matrix.pyton"),
    ("secrets.TEST_PASSWORD", "secret.TEST_PASSWORD", "actionlint/expression", "secret.TEST"),
    ('echo "$TITLE"', "echo ${{ github.head_ref }}", "actionlint/expression", "run: |"),
    ("  pull_request:\n", "  pull_requests:\n", "actionlint/events", "pull_requests:"),
    ("contents: read", "contents: all", "actionlint/permissions", "contents: all"),
    ("jobs:\n", "job:\njobs:\n", "actionlint/syntax-check", "job:\n"),
    ("name: CI\n", "name: CI\nname: CD\n", "yaml/duplicate-key", "name: CD"),
    ("name: CI\n", "name: [CI\n", "yaml/syntax", "on:\n"),
    ("name: CI\n", "Here is the workflow:\nname: CI\n", "text/prose", "Here is"),
]
REMARKED = [
    (PYTHON, f"{SETUP}@main", "branch", SETUP, Severity.WARNING),
    (PYTHON, f"{SETUP}@v6", "tag", SETUP, Severity.NOTE),
    (PYTHON, "docker://python:latest", "unpinned-image", "docker://", Severity.WARNING),
    (
        "${{ secrets.TEST_PASSWORD }}",
        "hunter2",
        "literal-secret",
        "POSTGRES_PASS",
        Severity.WARNING,
    ),
    (VERSION, "token: abc", "literal-secret", "token: abc", Severity.WARNING),
    ("permissions:\n  contents: read\n", "", "no-permissions", "name: CI", Severity.NOTE),
]
STRANGER = "{ref: '${{ github.event.pull_request.head.sha }}', persist-credentials: false}"
WORKFLOW = f"""\
on: TRIGGERS
permissions: {{}}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0
        with: {STRANGER}
"""


def test_a_good_workflow_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_github_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    assert places(errors(check(files(PATH, text)))) == [(rule, line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark", "severity"), REMARKED)
def test_a_risk_is_remarked_on_its_line(
    old: str, new: str, rule: str, mark: str, severity: str
) -> None:
    text = faulty(GOOD, old, new)
    (found,) = [one for one in check(files(PATH, text)) if one.rule.startswith("github-actions")]
    assert (found.rule, found.severity) == (f"github-actions/{rule}", severity)
    assert found.line == line_of(text, mark)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("ubuntu-24.04\n    timeout-minutes: 15", "[self-hosted, gpu]", "runner-label"),
        (TIMEOUT, "    if: ${{ true }}\n", "if-cond"),
        ('echo "$TITLE"', "echo ::set-output name=a::b", "deprecated-commands"),
        (PYTHON, f"{SETUP}@v5", "action"),
    ],
)
def test_what_actionlint_advises_fails_nothing(old: str, new: str, kind: str) -> None:
    found = check(files(PATH, faulty(GOOD, old, new)))
    assert [one.severity for one in found if one.rule == f"actionlint/{kind}"] == ["warning"]
    assert not errors(found)


@pytest.mark.parametrize("triggers", ["pull_request_target", "[push, pull_request_target]"])
def test_a_strangers_code_is_kept_from_the_secrets(triggers: str) -> None:
    found = check(files(PATH, WORKFLOW.replace("TRIGGERS", triggers)))
    assert places(found) == [("github-actions/untrusted-checkout", 8)]


def test_a_strangers_code_may_be_tested_without_secrets() -> None:
    assert check(files(PATH, WORKFLOW.replace("TRIGGERS", "pull_request"))) == []


def test_comments_for_actionlint_change_nothing() -> None:
    text = WORKFLOW.replace("TRIGGERS", "issues").replace(
        "permissions: {}", "cache-mode: write # actionlint:ignore cache-write-untrusted -- fine"
    )
    assert ("actionlint/cache-write-untrusted", 2) in places(check(files(PATH, text)))


def test_actions_and_workflows_of_the_repository_itself_need_no_pin() -> None:
    text = faulty(GOOD, PYTHON, "./.github/actions/setup")
    assert check(files(PATH, text)) == []


def test_each_of_several_workflows_is_checked_under_its_name() -> None:
    bad = faulty(GOOD, "needs: test", "needs: tests")
    answer = [
        ArtifactFile(PATH, GOOD),
        ArtifactFile(".github/workflows/bad.yaml", bad),
        ArtifactFile(".github/dependabot.yml", "version: 2\n"),
    ]
    assert [(one.path, one.rule) for one in check(answer)] == [
        (".github/dependabot.yml", "github-actions/other-file"),
        (".github/workflows/bad.yaml", "actionlint/job-needs"),
    ]


def test_an_answer_without_a_workflow_is_an_error() -> None:
    found = check(files("ci.yml", GOOD))
    assert places(found) == [("github-actions/no-file", None), ("github-actions/other-file", None)]


@pytest.mark.parametrize("text", ["- a\n", "a\n", f"{GOOD}---\n{GOOD}", "# nothing\n"])
def test_a_workflow_is_one_mapping(text: str) -> None:
    assert places(check(files(PATH, text))) == [("github-actions/one-document", None)]


def test_a_linter_that_says_too_much_is_an_error() -> None:
    text = GOOD + "      - run: ${{ a }}\n" * 6000
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == ("github-actions/not-checked", Severity.ERROR)
    assert found.message == "This could not be checked: actionlint wrote more than 1 MB."
