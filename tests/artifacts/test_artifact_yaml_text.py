import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from webapp.artifacts.blueprint import COMMENT
from webapp.artifacts.yaml_text import yaml_file

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["no", "0x1f", "1_000", "12:30", "~", "- a", "a: b", "# a", "&a", "{{ a }}"]),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(10**6), 10**6)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_again_as_it_was(document: dict[str, object]) -> None:
    text = yaml_file(document)
    assert text.startswith(f"{COMMENT}\n")
    assert yaml.safe_load(text) == document


@pytest.mark.parametrize("text", ["y", "N", "no", "on", "0o17", "1e3", "1.5E-3", "0x1f", "12", "~"])
def test_what_any_reader_takes_for_something_else_is_quoted(text: str) -> None:
    assert yaml_file({"a": text}).endswith(f"a: '{text}'\n")


def test_documents_stand_apart() -> None:
    assert yaml_file({"a": 1}, {"b": 2}) == f"{COMMENT}\na: 1\n---\nb: 2\n"


def test_a_section_of_several_lines_is_followed_by_an_empty_one() -> None:
    text = yaml_file({"a": 1, "b": {"c": [1, None]}, "d": "x\ny"}).removeprefix(f"{COMMENT}\n")
    assert text == "a: 1\nb:\n  c:\n    - 1\n    -\n\nd: |-\n  x\n  y\n"


def test_the_same_list_twice_is_written_twice() -> None:
    same = ["x"]
    assert "&" not in yaml_file({"a": same, "b": same})
