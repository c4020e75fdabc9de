import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.shell import check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("deploy.sh")
PATH = "scripts/deploy.sh"
SET = "set -euo pipefail\n"
PULL = 'docker pull "${image}"'
FETCHED = "curl -fsSL https://get.example.com"

# What is put in the place of a line, and the rule that sees it.
REMARKED = [
    (SET, "", "shell/failures-ignored", Severity.WARNING),
    (SET, "set -eu\n", "shell/failures-ignored", Severity.WARNING),
    ("#!/usr/bin/env bash\n", "", "shell/no-shebang", Severity.WARNING),
    (PULL, f"{FETCHED} | sudo -E bash -", "shell/pipe-to-shell", Severity.WARNING),
    (PULL, f"{FETCHED} \\\n  | sh", "shell/pipe-to-shell", Severity.WARNING),
    (PULL, f"{FETCHED} |\n    bash", "shell/pipe-to-shell", Severity.WARNING),
    (PULL, f"bash <({FETCHED})", "shell/pipe-to-shell", Severity.WARNING),
    (PULL, f'sh -c "$({FETCHED})"', "shell/pipe-to-shell", Severity.WARNING),
    (PULL, "export API_TOKEN=hunter2", "shell/literal-secret", Severity.WARNING),
    (PULL, "export DB_PASSWORD='hunter2'", "shell/literal-secret", Severity.WARNING),
    (PULL, "docker pull $image", "shellcheck/SC2086", Severity.NOTE),
    (PULL, 'rm -rf "$folder/"*', "shellcheck/SC2115", Severity.WARNING),
    (PULL, "cd /srv", "shellcheck/SC2164", None),
    (PULL, "source ./lib.sh", "shellcheck/SC1091", Severity.NOTE),
    (PULL, "if true; then", "shellcheck/SC1046", Severity.ERROR),
    (PULL, "docker pull $(", "shellcheck/SC1073", Severity.ERROR),
]


def test_a_good_script_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "severity"), REMARKED)
def test_a_fault_is_found_with_its_weight(
    old: str, new: str, rule: str, severity: Severity | None
) -> None:
    found = check(files(PATH, faulty(GOOD, old, new)))
    assert [one.severity for one in found if one.rule == rule] == ([severity] if severity else [])


def test_a_fault_stands_on_its_line() -> None:
    text = faulty(GOOD, PULL, f"export API_TOKEN=hunter2\n{FETCHED} \\\n  | sh\necho $1")
    assert places(check(files(PATH, text))) == [
        ("shell/literal-secret", line_of(text, "export API")),
        ("shell/pipe-to-shell", line_of(text, "curl -fsSL")),
        ("shellcheck/SC2086", line_of(text, "echo $1")),
    ]


@pytest.mark.parametrize(
    "line",
    [
        'API_TOKEN="$(cat /run/token)"',
        "API_TOKEN=`cat token`",
        "PASSWORD_FILE=/run/secrets/db",
        f"{FETCHED} | tar -xz",
        f"{FETCHED} > install.sh",
        "curl a | grep sh",
        f"# never {FETCHED} | sh",
    ],
)
def test_what_only_looks_like_a_risk_is_left_alone(line: str) -> None:
    found = check(files(PATH, faulty(GOOD, PULL, line)))
    assert [one.rule for one in found if one.rule.startswith("shell/")] == []


@pytest.mark.parametrize(
    ("head", "missing"),
    [
        ("#!/bin/bash -eu\nset -o pipefail", None),
        ("#!/bin/bash\nset -Eeuo pipefail", None),
        ("#!/bin/bash\nset -o errexit -o nounset -o pipefail", None),
        ("#!/bin/sh\nset -eu", None),
        ("#!/bin/dash\nset -e", "-u"),
        ("#!/bin/bash\nset -x", "-e, -u, pipefail"),
    ],
)
def test_a_script_has_to_stop_at_failures(head: str, missing: str | None) -> None:
    found = check(files(PATH, f"{head}\necho a\n"))
    assert bool(found) == (missing is not None)
    assert missing is None or f"({missing})" in found[0].message


def test_each_script_is_checked_for_its_own_shell() -> None:
    test = "set -eu\n[[ -f a ]] && echo a\n"
    answer = [
        ArtifactFile("scripts/a.sh", "#!/bin/bash\nset -o pipefail\n" + test),
        ArtifactFile("scripts/b.sh", "#!/bin/sh\n" + test),
    ]
    found = [(one.path, one.rule) for one in check(answer)]
    assert found == [("scripts/b.sh", "shellcheck/SC3010")]


@pytest.mark.parametrize("shebang", ["#!/usr/bin/env python3", "#!/usr/bin/perl -w", "#! fish"])
def test_a_script_for_another_shell_is_an_error(shebang: str) -> None:
    assert places(check(files(PATH, f"{shebang}\n"))) == [("shell/other-shell", 1)]


@pytest.mark.parametrize(
    "directive", ["disable=all", "disable=SC2086", "shell=sh disable=SC2086", "source=/etc/passwd"]
)
def test_comments_for_shellcheck_change_nothing(directive: str) -> None:
    text = faulty(GOOD, PULL, f"# shellcheck {directive}\ndocker pull $image")
    assert ("shellcheck/SC2086", line_of(text, "$image")) in places(check(files(PATH, text)))


@pytest.mark.parametrize("path", ["/etc/passwd", "/no/such/file"])
def test_whether_a_file_of_this_machine_exists_is_not_told(path: str) -> None:
    (found,) = check(files(PATH, faulty(GOOD, PULL, f". {path}")))
    assert (found.rule, found.severity) == ("shellcheck/SC1091", Severity.NOTE)
    assert found.message == "What is read in here was not looked at."


def test_another_file_is_not_checked_and_that_is_said() -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile("scripts/notes.txt", "a")]
    assert places(check(answer)) == [("shell/other-file", None)]
    found = places(check(answer[1:]))
    assert found == [("shell/no-file", None), ("shell/other-file", None)]


def test_brackets_that_nest_too_deep_are_not_given_to_the_linter() -> None:
    text = f"{GOOD}echo {'$(' * 3000}ls{')' * 3000}\n"
    assert places(check(files(PATH, text))) == [("shell/too-deep", GOOD.count("\n") + 1)]


def test_patterns_of_a_case_close_nothing() -> None:
    case = "case $1 in\n" + "a) echo a ;;\n" * 2 + "esac\n"
    text = GOOD + case * 40 + f"echo {'$(' * 60}ls{')' * 60}\n"
    assert "shell/too-deep" not in {one.rule for one in check(files(PATH, text))}


def test_a_script_that_the_linter_cannot_read_within_its_limits_is_an_error() -> None:
    text = GOOD + "if true; then\n" * 1500 + "ls\n" + "fi\n" * 1500
    (found,) = errors(check(files(PATH, text)))
    assert found.rule == "shell/not-checked"
    assert found.message.startswith("This could not be checked: shellcheck ")


@pytest.mark.parametrize("part", ["curl ", "sh <(", "set -", "a=", "export ", "'", "\\\n", "#! "])
def test_a_hostile_script_is_looked_through_in_linear_time(part: str) -> None:
    from webapp.artifacts.checks.shell_risks import risks

    file = ArtifactFile(PATH, part * 100_000)
    assert len(list(risks(file, "bash"))) <= 2
