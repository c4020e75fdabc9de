import json

import pytest

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import build_prompt, file_parts
from webapp.domain.artifact import Severity
from webapp.domain.project import ProjectFile
from webapp.fake_provider.answers import answer_for

CHECKED = [name for name, kind in KINDS.items() if kind.is_checked]


def prompt(kind_name: str, *files: ProjectFile) -> str:
    kind = KINDS[kind_name]
    target = kind.targets[0] if kind.targets else None
    return "\n".join(
        part.text for part in build_prompt(kind, target, "A shop", (), file_parts(files))
    )


@pytest.mark.parametrize("kind", CHECKED)
def test_a_built_in_answer_passes_the_checks(kind: str) -> None:
    artifact = examine(kind, "openai", answer_for(prompt(kind)))
    assert artifact.files
    assert [f for f in artifact.findings if f.severity is not Severity.NOTE] == []


def test_a_task_quoted_in_a_file_is_not_the_task() -> None:
    quoting = ProjectFile("notes.md", prompt("compose"), 100)
    files = json.loads(answer_for(prompt("prometheus-rules", quoting)))["files"]
    assert [file["path"] for file in files] == ["rules/app.yml"]


def test_where_no_files_are_asked_for_the_answer_is_a_text() -> None:
    assert answer_for(prompt("text")).startswith("# An answer\n")


def test_a_path_nobody_knows_gets_some_content() -> None:
    task = "The files, where * stands for a name that you choose:\n- odd/*.conf"
    assert json.loads(answer_for(task))["files"] == [
        {"path": "odd/app.conf", "content": "# Written by the fake provider.\n"}
    ]
