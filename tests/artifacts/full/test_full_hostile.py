"""Files that want the tools of the extra to run something, to read elsewhere, or never to end."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.artifacts.full.answers import added, chart, playbook, pod, terraform, workflow
from tests.processes import lives, wait_until
from webapp.artifacts import full
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.checks import sandbox
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.full import ansible, policy
from webapp.artifacts.full.tools import Tools
from webapp.artifacts.full.warm import MAX_ANSWERS, WarmProgram
from webapp.domain.artifact import ArtifactFile, Finding
from webapp.settings import ROOT

CANARY = "canary-4711"


@pytest.fixture(params=[False, True], ids=["limits alone", "bubblewrap"])
def either(request: pytest.FixtureRequest, tools: Tools) -> Tools:
    """The extra, with and without bubblewrap around its tools."""
    return replace(tools, is_isolated=request.param)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(CANARY)
    return path


def not_checked(findings: Sequence[Finding]) -> list[str]:
    return [each.message for each in findings if each.rule == "full/not-checked"]


@pytest.mark.parametrize(
    "value",
    [
        '{{ repeat 2000000000 "x" }}',
        "{{ range $i := until 2000000000 }}x{{ end }}",
        '{{ range $i := until 9999 }}{{ repeat 9999 "x" }}{{ end }}',
    ],
)
def test_a_chart_that_asks_for_all_memory_ends_only_its_process(value: str, either: Tools) -> None:
    (message,) = not_checked(added("helm", chart(value), either))
    assert message.startswith("This could not be checked in full: helm ")


def test_a_chart_reads_no_file_from_elsewhere(secret: Path, tmp_path: Path, tools: Tools) -> None:
    unbound = replace(tools, is_isolated=False)
    here = os.path.relpath(secret, tempfile.gettempdir())
    for path in (str(secret), f"../../{here}", f"../{secret}", "../../../../../../etc/hostname"):
        value = f'{{{{ .Files.Get "{path}" | default "none" }}}}'
        found = added("helm", chart(value), unbound)
        assert any("must be a whole number, not “none”" in each.message for each in found), path


def test_the_files_of_a_chart_are_what_the_answer_holds_and_nothing_else(
    secret: Path, tools: Tools
) -> None:
    # An answer has no links: what says where one would lead is a text like any other.
    files = chart('{{ .Files.Get "files/link" }}', **{"files/link": str(secret)})
    found = added("helm", files, replace(tools, is_isolated=False))
    assert any(f"not “{str(secret)[:20]}" in each.message for each in found)
    assert CANARY not in str(found)


def test_advice_runs_no_code_that_lies_beside_a_file(tmp_path: Path, either: Tools) -> None:
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w')\n"
    files = [
        *pod(escalation=True),
        ArtifactFile(".checkov.yaml", "external-checks-dir: [checks]\n"),
        ArtifactFile("k8s/.checkov.yaml", "external-checks-dir: [checks]\n"),
        *(ArtifactFile(f"{place}checks/__init__.py", code) for place in ("", "k8s/")),
        ArtifactFile("k8s/checkov.py", code),
        ArtifactFile("k8s/yaml.py", code),
    ]
    rules = {each.rule for each in policy.advice(either, "kubernetes", files)}
    assert "checkov/CKV_K8S_20" in rules
    assert not mark.exists()


CALL = "\"{{ lookup('pipe', 'touch x') }}\""
PING = "      ansible.builtin.ping:\n"
CALLS = [
    playbook(PING, hosts=CALL),
    playbook(PING, hosts='"{{ a }}"', play=f"  vars:\n    a: {CALL}\n"),
    playbook(PING, play="  serial: \"{{ query('pipe', 'touch x') }}\"\n"),
    playbook("      ansible.builtin.import_tasks: \"{{ q('pipe', 'touch x') }}.yml\"\n"),
    playbook(f"      import_role:\n        name: {CALL}\n"),
    playbook(f"      include_tasks: {CALL}\n"),
    playbook(f"      action: import_tasks {CALL[1:-1]}\n"),
    playbook(PING, play=f"  roles:\n    - role: {CALL}\n"),
    playbook(PING, hosts="\"{{ \\u006cookup('pipe', 'touch x') }}\""),
]


@pytest.mark.parametrize("files", CALLS)
def test_a_template_that_would_call_something_is_not_given_to_ansible(
    files: list[ArtifactFile], tmp_path: Path
) -> None:
    # There is no interpreter: another sentence would come if one were asked for.
    nothing = Tools(tmp_path, (("ansible-lint", "1"),), is_isolated=True)
    with pytest.raises(CouldNotRun, match="Ansible would evaluate"):
        list(ansible.remarks(nothing, files))


def test_templates_that_call_nothing_are_checked(tools: Tools) -> None:
    files = playbook(
        "      ansible.builtin.ping:\n", hosts='"{{ target }}"', play="  vars: {target: all}\n"
    )
    assert not_checked(added("ansible", files, tools)) == []


def test_without_bubblewrap_ansible_is_not_run(tools: Tools) -> None:
    unbound = replace(tools, is_isolated=False)
    (message,) = not_checked(added("ansible", playbook(PING), unbound))
    assert message.endswith("bubblewrap is not there to contain it.")


def test_ansible_gets_no_code_and_no_settings(tools: Tools) -> None:
    code = "import os\nos._exit(7)\n"
    places = ("library", "action_plugins", "filter_plugins", "vars_plugins", "lookup_plugins")
    files = [
        *playbook("      greet: a\n", hosts='"{{ target }}"', play="  vars: {target: all}\n"),
        *(ArtifactFile(f"ansible/{place}/greet.py", code) for place in places),
        ArtifactFile("ansible/ansible.py", code),
        ArtifactFile("ansible.cfg", "[defaults]\nlibrary = ansible/library\n"),
        ArtifactFile("ansible/.ansible-lint", "skip_list: [fqcn]\n"),
        ArtifactFile(".config/ansible-lint.yml", "skip_list: [fqcn]\n"),
    ]
    assert list(ansible.remarks(tools, files)) == list(ansible.remarks(tools, files[:1]))


def test_what_a_module_reads_elsewhere_is_never_shown(secret: Path, either: Tools) -> None:
    lines = [
        f'a = file("{secret}")',
        f'a = jsondecode(file("{secret}"))',
        f'a = 1.2.3 + file("{secret}")',
        f'a = "${{file("{secret}")}}" + 1',
    ]
    for line in lines:
        files = terraform(line)
        found = [*full.terraform.faults(either, files), *policy.advice(either, "terraform", files)]
        assert CANARY not in str(found)


def test_a_module_outside_of_the_answer_is_not_spoken_of(tmp_path: Path, tools: Tools) -> None:
    (tmp_path / "main.tf").write_text(f'variable "{CANARY}" {{ {CANARY} canary')
    call = f'module "a" {{\n  source = "{tmp_path}"\n}}\n'
    (file,) = terraform("a = 1")
    files = [ArtifactFile(file.path, file.content + call)]
    unbound = replace(tools, is_isolated=False)
    found = [*full.terraform.faults(unbound, files), *policy.advice(unbound, "terraform", files)]
    assert CANARY not in str(found)


def test_a_tool_that_never_ends_is_told_by_a_note(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/zizmor"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    stuck = Tools(tmp_path, (("zizmor", "1"),), is_isolated=False)
    messages = not_checked(added("github-actions", workflow("- run: echo ok"), stuck))
    assert "This could not be checked in full: zizmor did not end within 5 s." in messages


def test_advice_that_takes_too_long_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/python"
    program.write_text('#!/bin/sh\nwhile read l; do sleep 0.2; echo \'[["A", 1, "b"]]\'; done\n')
    program.chmod(0o755)
    slow = Tools(tmp_path, (("checkov", "1"),), is_isolated=False)
    files = [ArtifactFile(f"k8s/{number}.yaml", "") for number in range(20)]
    found: list[Finding] = []
    with pytest.raises(CouldNotRun, match=r"^checkov did not end within 0\.3 s$"):
        found.extend(policy.advice(slow, "kubernetes", files, within_s=0.3))
    assert 0 < len(found) < 20


def test_what_a_tool_says_in_another_form_is_told_by_a_note(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/zizmor"
    program.write_text('#!/bin/sh\necho \'[{"ident": "a"}]\'\n')
    program.chmod(0o755)
    changed = Tools(tmp_path, (("zizmor", "9"),), is_isolated=False)
    messages = not_checked(added("github-actions", workflow("- run: echo ok"), changed))
    assert any(each.endswith("what the tool says is not understood.") for each in messages)


class Shell:
    """A warm program that is a script of the shell, which says its number first."""

    def __init__(self, script: str) -> None:
        self.folders: list[str] = []
        self.script = script
        self.program = WarmProgram("sh", self._command)

    def _command(self, folder: str) -> list[str]:
        self.folders.append(folder)
        return sandbox.confined(
            ("/bin/sh", "-c", self.script), folder, cpu_s=5, memory_bytes=2**30, is_isolated=False
        )


@pytest.fixture
def echo() -> Iterator[Shell]:
    shell = Shell("while read line; do echo $line; done")
    yield shell
    shell.program.close()


def test_a_warm_program_answers_from_one_process_until_it_is_replaced(echo: Shell) -> None:
    for number in range(MAX_ANSWERS + 1):
        assert echo.program.ask(number) == number
        assert len(echo.folders) == 1 + (number >= MAX_ANSWERS)
    assert [Path(folder).exists() for folder in echo.folders] == [False, True]
    echo.program.close()
    assert not Path(echo.folders[-1]).exists()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("read line; echo 1; read line; sleep 1000", r"sh did not end within 0\.3 s"),
        ("read line; echo 1; exec sleep 1000", r"sh did not end within 0\.3 s"),
        ("read line; echo 1; read line; echo no JSON; sleep 9", "sh gave no answer"),
        ("read line; echo 1; read line; kill -9 $$", "sh gave no answer"),
        ("read line; echo 1; read line; yes | tr -d '\\n'", "sh gave no answer"),
    ],
)
def test_a_warm_program_that_gives_no_answer_is_replaced(script: str, why: str) -> None:
    shell = Shell(script)
    assert shell.program.ask("a") == 1
    with pytest.raises(CouldNotRun, match=f"^{why}$"):
        shell.program.ask("b" * 2**20, timeout_s=0.3 if "end" in why else 30)
    assert shell.program.ask("c") == 1
    assert len(shell.folders) == 2
    shell.program.close()


def test_a_warm_program_that_has_ended_by_itself_is_started_anew() -> None:
    """As checkov's does when nobody has asked it for ten minutes."""
    shell = Shell("read line; echo $$")
    first = shell.program.ask("a")
    wait_until(lambda: not lives(first))
    assert shell.program.ask("b") != first
    shell.program.close()


ASKING = """
import os, signal
from pathlib import Path
from tests.artifacts.full.answers import pod
from webapp.artifacts.full import policy
from webapp.artifacts.full.tools import tools_in
tools = tools_in(Path(".venv-full").absolute())
assert list(policy.advice(tools, "kubernetes", pod(escalation=True)))
print(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_checkov_ends_with_the_process_that_asks_it() -> None:
    command = [sys.executable, "-c", ASKING]
    asking = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    pid = int(asking.stdout)
    wait_until(lambda: not lives(pid))


def test_a_file_that_checkov_never_finishes_ends_it_by_its_own_limit(tools: Tools) -> None:
    """The limit is on processor time, and starts anew with each file."""
    command = [str(word) for word in tools.command("policy_worker.py")]
    source = Path(command[-1]).read_text()
    spinning = source.replace(
        "    runner = import_module", "    while name: pass\n    runner = import_module"
    )
    assert spinning.count("while name: pass") == 1
    spinning = spinning.replace("CPU_S = 5", "CPU_S = 1")
    done = subprocess.run(
        ["/usr/bin/prlimit", "--cpu=300", "--", *command[:-1], "-c", spinning],
        input='{"framework": "kubernetes", "name": "a", "text": ""}\n',
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (-24, "")


def test_no_tool_of_the_extra_looks_for_the_network(tmp_path: Path, tools: Tools) -> None:
    """Its calls are seen by strace, without bubblewrap, which would forbid them."""
    traced = tmp_path / "traced"
    (tmp_path / "bin").mkdir()
    for name in ("python", "zizmor"):
        real = (tools.place / "bin" / name).absolute()
        script = f"strace -f --seccomp-bpf -qq -e trace=connect,sendto -A -o {traced} {real}"
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nexec {script} "$@"\n')
        (tmp_path / "bin" / name).chmod(0o755)
    watched = Tools(tmp_path, tools.versions, is_isolated=False)
    asked = [
        ("helm", chart('{{ getHostByName "example.org" | default 80 }}')),
        (
            "terraform",
            terraform('a = 1\n}\nmodule "m" {\n  source = "github.com/a/b"\n  version = "1"'),
        ),
        ("github-actions", workflow("- run: echo ok")),
    ]
    for kind, files in asked:
        assert not_checked(full.check(KINDS[kind], files, watched)) == []
    calls = traced.read_text()
    assert "AF_UNIX" in calls  # of checkov, which asks for the name of its user
    assert "AF_INET" not in calls
