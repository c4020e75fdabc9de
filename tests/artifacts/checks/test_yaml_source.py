import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import files, places
from webapp.artifacts.checks.yaml_scalars import YAML_1_1, YAML_1_2, resolved
from webapp.artifacts.checks.yaml_source import Document, read
from webapp.domain.artifact import ArtifactFile

FAULTS = [
    ("a:\n\tb: 1\n", "tab", 2),
    ("a:\r\n\tb: 1\r\n", "tab", 2),
    ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3),
    ("{a: 1, a: 2}", "duplicate-key", 1),
    ("a: 1\nb: [\n", "syntax", 3),
    ("a: b: c\n", "syntax", 1),
    ("a: 1\nkey\nb: 1\n", "syntax", 2),
    ("a: 1\nb: *c\n", "syntax", 2),
    ("a: &a [*a]\n", "syntax", 1),
    ("a: 1\nb: \x07\n", "syntax", 2),
    ("a: 1\nb: \ud800\n", "syntax", 2),
    ("a: 1\n? [b]\n: 1\n", "key", 2),
    ("a: 1\n<<: 1\n", "key", 1),
    ("a:\n" + "[" * 20_000, "too-deep", 2),
    ("".join(f"{'  ' * n}a:\n" for n in range(100)), "too-deep", 61),
    ("a: &a 1\nb: [" + "*a, " * 201 + "]", "too-many-aliases", 2),
    ("a: [" + "x, " * 50_000 + "]", "too-heavy", 1),
    ("a: 1\n" * 2 + "".join(f"k{n}: 1\n" for n in range(10)), "duplicate-key", 2),
]
# Each line is nine times the one before it.
BOMB = "a: &a [x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def document(text: str) -> Document:
    (only,), found = read(files("a.yaml", text), YAML_1_2)
    assert not found
    return only


@pytest.mark.parametrize(("text", "rule", "line"), FAULTS)
def test_a_fault_is_found_on_its_line(text: str, rule: str, line: int) -> None:
    _, found = read(files("a.yaml", text), YAML_1_2)
    assert places(found) == [(f"yaml/{rule}", line)]


def test_a_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    _, found = read(files("a.yaml", BOMB), YAML_1_2)
    assert places(found) == [("yaml/too-heavy", 6)]


def test_a_long_text_behind_many_aliases_is_heavy_too() -> None:
    text = f"a: &a {'x' * 100_000}\nb: &b [{'*a, ' * 20}]\nc: [{'*b, ' * 20}]\n"
    _, found = read(files("a.yaml", text), YAML_1_2)
    assert places(found) == [("yaml/too-heavy", 3)]


def test_files_together_may_not_be_too_large() -> None:
    half = ArtifactFile("a.yaml", "# " + "ä" * 140_000)
    documents, found = read([half, ArtifactFile("b.yaml", half.content)], YAML_1_2)
    assert (documents, places(found)) == ([], [("yaml/too-large", None)])


def test_values_know_their_lines() -> None:
    value = document("a:\n  b:\n    - c\n    - d: e\n").value
    assert (value.lines["a"], value["a"].lines["b"]) == (1, 2)
    assert value["a"]["b"].lines == [3, 4]
    assert value == {"a": {"b": ["c", {"d": "e"}]}}


def test_a_merge_fills_in_and_changes_nothing_that_is_given() -> None:
    value = document("x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\n").value["y"]
    assert value == {"b": 3, "a": 1}
    assert value.lines == {"b": 3, "a": 1}


def test_each_document_has_its_line() -> None:
    documents, _ = read(files("a.yaml", "---\na: 1\n---\n---\n- b\n"), YAML_1_2)
    assert [(one.line, one.value) for one in documents] == [(2, {"a": 1}), (4, None), (5, ["b"])]


def test_quoted_and_tagged_scalars_are_text() -> None:
    assert document("- '1'\n- \"true\"\n- !!str 2\n- |-\n  3\n").value == ["1", "true", "2", "3"]


@pytest.mark.parametrize(
    ("text", "value_1_1", "value_1_2"),
    [
        ("yes", True, "yes"),
        ("off", False, "off"),
        ("n", False, "n"),
        ("true", True, True),
        ("", None, None),
        ("~", None, None),
        ("0644", 420, 420),
        ("0o17", 15, 15),
        ("0x1F", 31, 31),
        ("08", 8.0, 8.0),
        ("-12", -12, -12),
        ("1e3", 1000.0, 1000.0),
        ("1.2.3", "1.2.3", "1.2.3"),
        ("22:22", "22:22", "22:22"),
        ("2026-01-01", "2026-01-01", "2026-01-01"),
        (".Inf", math.inf, math.inf),
        ("9" * 41, "9" * 41, "9" * 41),
    ],
)
def test_a_plain_scalar_means_what_its_version_says(
    text: str, value_1_1: object, value_1_2: object
) -> None:
    assert resolved(text, YAML_1_1) == value_1_1
    assert resolved(text, YAML_1_2) == value_1_2
    assert type(resolved(text, YAML_1_2)) is type(value_1_2)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*<>|!?#'\" \n\t,~0.\x07\ud800")))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(files("a.yaml", text), YAML_1_1)
