"""Changes to YAML in place: what is put in stands where it belongs, and nothing else moves."""

from typing import Any

import pytest
import yaml

from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.yaml_edit import Because, YamlEdit
from webapp.artifacts.steps.yaml_tree import parse
from webapp.domain.artifact import ArtifactFile

WANTED = {"b": {"c": ["X"], "d": True}}
FILLED = [
    pytest.param("a: 1\n", "a: 1\nb:\n  c:\n    - X\n  d: true\n", id="new"),
    pytest.param("a: 1", "a: 1\nb:\n  c:\n    - X\n  d: true", id="without-a-last-line-feed"),
    pytest.param("b:\n    d: no # !\n", "b:\n    d: no # !\n    c:\n      - X\n", id="inside"),
    pytest.param("b:\na: 1\n", "b:\n  c:\n    - X\n  d: true\na: 1\n", id="in-place-of-null"),
    pytest.param("b: {}\n", "b:\n  c:\n    - X\n  d: true\n", id="in-place-of-nothing"),
    pytest.param("b: {} # e\n", "b:  # e\n  c:\n    - X\n  d: true\n", id="before-a-comment"),
    pytest.param("b: ~\n", "b:\n  c:\n    - X\n  d: true\n", id="in-place-of-a-tilde"),
    pytest.param("b: {d: 1}\n", "b: {d: 1, c: [X]}\n", id="in-flow"),
    pytest.param("{a: 1,\n}\n", '{a: 1, "b": {"c": ["X"], "d": true},\n}\n', id="after-a-comma"),
    pytest.param('{"a": {"b": 1}}', '{"a": {"b": 1}, "b": {"c": ["X"], "d": true}}', id="json"),
    pytest.param("{b: }\n", '{b:  {"c": ["X"], "d": true}}\n', id="nothing-in-flow"),
    pytest.param(
        "a: |\n  x\n\n# of e\n", "a: |\n  x\nb:\n  c:\n    - X\n  d: true\n\n# of e\n", id="text"
    ),
    pytest.param(
        "a: |+\n  x\n\n# of e\n", "a: |+\n  x\n\nb:\n  c:\n    - X\n  d: true\n# of e\n", id="keep"
    ),
    pytest.param(
        "a: 'x\n\n  y'  # e\n", "a: 'x\n\n  y'  # e\nb:\n  c:\n    - X\n  d: true\n", id="quoted"
    ),
    pytest.param(
        "é: &e [1]\nf: *e\n",
        "é: &e [1]\nf: *e\nb:\n  c:\n    - X\n  d: true\n",
        id="after-an-alias",
    ),
    pytest.param("x: &x {b: {d: 1}}\n<<: *x\n", None, id="merged"),
    pytest.param("b: {c: 1, d: 2}\n", None, id="there-already"),
    pytest.param("b: text\n", None, id="another-type"),
    pytest.param("b: &b {}\n", None, id="an-anchor-before-nothing"),
]


def edited(text: str, wanted: dict[str, Any]) -> YamlEdit:
    edit = YamlEdit(ArtifactFile("a.yaml", text), YAML_1_2)
    edit.fill(edit.documents[0], wanted)
    return edit


@pytest.mark.parametrize(("before", "after"), FILLED)
def test_what_is_missing_is_put_in_and_no_more(before: str, after: str | None) -> None:
    edit = edited(before, WANTED)
    assert edit.is_changed == (after is not None)
    assert edit.result() == (after or before)


@pytest.mark.parametrize(("before", "after"), FILLED)
def test_what_was_put_in_is_there_the_next_time(before: str, after: str | None) -> None:
    assert not edited(after or before, WANTED).is_changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- x # e\n\nb: 1\n", "a:\n- x # e\n- Z\n\nb: 1\n"),
        ("a:\n  - b: 1\n", "a:\n  - b: 1\n  - Z\n"),
        ("a: [x]\n", "a: [x, Z]\n"),
        ("a:\n  - - x\n", "a:\n  - - x\n  - Z\n"),
        ("a: &a\n  - x\nb: *a\n", "a: &a\n  - x\n  - Z\nb: *a\n"),
    ],
)
def test_an_item_is_put_at_the_end_of_a_list(before: str, after: str) -> None:
    edit = YamlEdit(ArtifactFile("a.yaml", before), YAML_1_2)
    listed = edit.documents[0].get("a")
    assert listed is not None
    edit.append(listed, "Z")
    assert edit.result() == after


def test_what_ends_on_one_line_is_lengthened_from_the_inside() -> None:
    edit = YamlEdit(ArtifactFile("a.yaml", "a:\n  b:\n    c: 1\n"), YAML_1_2)
    root = edit.documents[0]
    outer, inner = root.get("a"), root.get("a", "b")
    assert outer is not None
    assert inner is not None
    edit.fill(outer, {"e": 2})
    edit.fill(inner, {"d": 2})
    assert edit.result() == "a:\n  b:\n    c: 1\n    d: 2\n  e: 2\n"


def test_what_is_new_has_no_place_to_be_added_to() -> None:
    edit = edited("a: 1\nc:\n", {"b": {"x": [1]}, "c": {"w": 1}})
    assert edit.fill(edit.documents[0], {"b": {"z": 1}, "c": {"z": 1}}) == []
    assert edit.result() == "a: 1\nc:\n  w: 1\nb:\n  x:\n    - 1\n"


def test_an_entry_stands_above_a_key_and_the_comments_on_it() -> None:
    edit = YamlEdit(ArtifactFile("a.yaml", "a: 1\n\n# of b\nb: 2\n"), YAML_1_2)
    edit.put_before(edit.documents[0], "b", {"k": {"m": "x"}})
    assert edit.result() == "a: 1\n\nk:\n  m: x\n\n# of b\nb: 2\n"


def test_a_reason_stands_beside_its_value_where_there_are_comments() -> None:
    reasoned = {"b": {"c": Because("1Gi", "a guess")}}
    assert edited("a: 1\n", reasoned).result() == "a: 1\nb:\n  c: 1Gi  # a guess\n"
    assert edited("z: {b: {}}\n", {"z": reasoned}).result() == "z: {b: {c: 1Gi}}\n"


def test_a_text_is_written_so_that_it_stays_a_text() -> None:
    texts = ["no", "y", "1e3", "0x1F", "a: b", "- a", "# a", "12:30", "", "{a}", "10m", "a:b", "é"]
    for before in ("x: 1\n", "{x: 1}\n"):
        written = edited(before, {"t": texts}).result()
        assert yaml.safe_load(written or "")["t"] == texts


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2\n", "\ta: 1\n", "a: 1\r", "\ufeffa: 1\n", "a: \x07"]
)
def test_a_file_with_a_fault_is_not_taken_in_hand(text: str) -> None:
    assert parse(ArtifactFile("a.yaml", text), YAML_1_2) is None


def test_a_text_that_would_read_otherwise_is_not_given_out() -> None:
    # A line feed after the last line of a block would belong to it.
    assert edited("a: |\n  x", {"b": 1}).result() is None
    # Under “? a” the entries of a mapping stand deeper than its keys begin.
    assert edited("? a\n: 1\n", {"b": 1}).result() is None
