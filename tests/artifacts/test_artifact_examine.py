import json

from webapp.artifacts.examine import examine
from webapp.domain.artifact import Severity

COMPOSE = "services:\n  web:\n    image: nginx:1.29\n"


def answer(path: str, content: str, *notes: str) -> str:
    return json.dumps({"files": [{"path": path, "content": content}], "notes": notes})


def test_a_good_answer_is_its_files_and_notes() -> None:
    artifact = examine("compose", "openai", answer("compose.yaml", COMPOSE, "Set nothing."))
    assert [(file.path, file.content) for file in artifact.files] == [("compose.yaml", COMPOSE)]
    assert artifact.notes == ("Set nothing.",)
    assert artifact.findings == ()


def test_a_fault_in_a_file_is_a_finding_at_its_line() -> None:
    artifact = examine(
        "compose", "openai", answer("compose.yaml", COMPOSE + "    restart: maybe\n")
    )
    (finding,) = artifact.findings
    assert (finding.rule, finding.line) == ("compose/restart", 4)
    assert artifact.has_error


def test_two_services_that_publish_one_port_of_the_host_are_an_error() -> None:
    published = '    ports: ["127.0.0.1:8080:80"]\n'
    two = f"{COMPOSE}{published}  api:\n    image: nginx:1.29\n{published}"
    (finding,) = examine("compose", "openai", answer("compose.yaml", two)).findings
    assert (finding.rule, finding.severity) == ("compose/port-clash", Severity.ERROR)


def test_an_answer_without_a_file_has_a_finding_that_says_why() -> None:
    artifact = examine("compose", "openai", "I am sorry.")
    assert artifact.files == ()
    (finding,) = artifact.findings
    assert (finding.rule, finding.severity) == ("answer/no-files", Severity.ERROR)
    assert finding.message == "There is no file in the answer, only prose."


def test_what_the_blueprint_left_open_is_a_note_and_what_a_model_remarks_is_not() -> None:
    text = answer("compose.yaml", COMPOSE, "The port is not known.")
    template = examine("compose", "blueprint", text)
    (finding,) = template.findings
    assert template.notes == ()
    assert finding.rule == "blueprint/unknown"
    assert (finding.severity, finding.path) == (Severity.NOTE, "compose.yaml")
    assert finding.message == "The port is not known."
    assert examine("compose", "ollama", text).findings == ()


def test_a_free_text_is_one_file_that_nobody_looks_into() -> None:
    text = "```yaml\na: [\n```\nTODO"
    artifact = examine("text", "openai", text)
    assert [(file.path, file.content) for file in artifact.files] == [("answer.md", text)]
    assert artifact.findings == ()


def test_remarks_on_the_answer_itself_stand_before_those_on_its_files() -> None:
    text = (
        f"---FILE: ../x---\nno\n---FILE: compose.yaml---\n{COMPOSE}    restart: maybe\n---END---\n"
    )
    rules = [finding.rule for finding in examine("compose", "openai", text).findings]
    assert rules == ["answer/path", "compose/restart"]


def test_an_answer_whose_every_name_is_refused_has_no_file_and_says_why() -> None:
    artifact = examine("compose", "openai", answer("../compose.yaml", COMPOSE))
    assert artifact.files == ()
    assert artifact.has_error
