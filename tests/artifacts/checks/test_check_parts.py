"""What all checks share: stages, schemas, and the files they come from."""

from collections.abc import Iterator

import pytest

from tests.artifacts.checks.faulty import files
from webapp.artifacts.checks import findings, kubernetes_apis
from webapp.artifacts.checks.schema import build_validator, faults
from webapp.artifacts.checks.schemas import refresh
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import read
from webapp.domain.artifact import Finding, Severity

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": r"\A[a-z]+\Z", "title": "a word"},
        "size": {"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["big", "small"]}]},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "labels": {"propertyNames": {"pattern": "^[a-z]+$", "title": "a label"}},
        "part": {"$ref": "#/$defs/part"},
    },
    "patternProperties": {"^x-": {}},
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {
        "part": {
            "type": "object",
            "properties": {"weight": {"type": "number", "minimum": 0}},
            "additionalProperties": False,
        }
    },
}


def finding(severity: Severity, line: int) -> Finding:
    return Finding("a/b", severity, "a.yaml", line, "It is wrong.")


def test_vendored_md_gives_the_digests_of_the_files_as_they_are() -> None:
    written = (refresh.FOLDER / "VENDORED.md").read_text(encoding="utf-8")
    assert written == refresh.vendored()


def test_a_type_has_a_validator_if_kubernetes_has_it() -> None:
    assert kubernetes_apis.validator("apps/v1", "Deployment")
    assert kubernetes_apis.validator("v1", "Service")
    assert kubernetes_apis.validator("apps/v2", "Deployment") is None


def test_a_later_stage_is_not_begun_after_an_error() -> None:
    def stages() -> Iterator[list[Finding]]:
        yield [finding(Severity.NOTE, 3)]
        yield [finding(Severity.ERROR, 2), finding(Severity.WARNING, 1)]
        raise AssertionError

    assert [one.line for one in findings.staged(stages())] == [1, 2, 3]


def test_errors_are_kept_however_many_remarks_stand_before_them() -> None:
    remarks = (finding(Severity.NOTE, line) for line in range(1000))
    faulty = (finding(Severity.ERROR, line) for line in range(1000))
    found = findings.staged([(*remarks, *faulty)])
    assert len(found) == findings.MAX_REMARKS + findings.MAX_ERRORS


def test_a_long_piece_of_a_file_is_shortened_to_one_line() -> None:
    assert findings.shortened("a\n  b") == "a b"
    assert findings.shortened("x" * 1000) == "x" * 79 + "…"


def test_what_no_database_takes_is_replaced() -> None:
    assert findings.shortened("a\x00b\x1b[31m\ud800\tc") == "a\ufffdb\ufffd[31m\ufffd c"


def test_a_message_has_an_end_whatever_name_is_in_it() -> None:
    severities = {"a/b": Severity.NOTE}
    made = findings.make(severities, "a/b", "a.yaml", 1, f"{'x' * 400_000}\n is unknown.")
    assert made.message == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("text", "rule", "line", "message"),
    [
        (
            "name: a\nnmae: b",
            "unknown-field",
            2,
            "“nmae” is not a field of The document (did you mean “name”?).",
        ),
        ("x-a: 1", "missing-field", 1, "The document has no “name”."),
        ("name: 1", "wrong-type", 1, "name must be text, not the number 1."),
        ("name: a\nsize: huge", "wrong-value", 2, "size is “huge”; allowed is only big, small."),
        ("name: A1", "wrong-value", 1, "name is “A1”, not a word."),
        ("name: a\ntags:\n- a\n- 1", "wrong-type", 4, "tags[1] must be text, not the number 1."),
        (
            "name: a\ntags: [a, a]",
            "wrong-value",
            2,
            "tags is not valid: an item stands in it twice.",
        ),
        ("name: a\nlabels:\n  a: 1\n  B: 1", "wrong-value", 4, "labels.B is “B”, not a label."),
        (
            "name: a\npart: {wieght: 1}",
            "unknown-field",
            2,
            "“wieght” is not a field of part (did you mean “weight”?).",
        ),
        (
            "name: a\npart:\n  weight: -1",
            "wrong-value",
            3,
            "part.weight is not valid: -1 is less than the minimum of 0.",
        ),
        ("name: a\npart:", "wrong-type", 2, "part must be a mapping, not empty."),
    ],
)
def test_a_fault_is_one_sentence_on_its_line(text: str, rule: str, line: int, message: str) -> None:
    (document,), _ = read(files("a.yaml", text), YAML_1_2)
    (fault,) = faults(build_validator(SCHEMA), document)
    assert (fault.rule, fault.line, fault.message) == (rule, line, message)


def test_a_schema_reaches_nothing_outside_of_itself() -> None:
    (document,), _ = read(files("a.yaml", "a: 1"), YAML_1_2)
    with pytest.raises(Exception, match="Unresolvable"):
        faults(build_validator({"$ref": "https://example.org/schema.json"}), document)
