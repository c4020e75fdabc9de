import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import files, places
from webapp.artifacts.checks.grafana_dashboard_json import read

# A page or a database takes no control characters: they are replaced.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)

# What stands there, and which line is blamed with which words.
REFUSED = [
    ("", 1, "The file ends where a value should stand."),
    ("{", 1, "The file ends where a key in double quotes or “}” should stand."),
    ('{"a": 1,\n}', 2, "“}” stands where a key in double quotes should."),
    ("[1,\n2,]", 2, "“]” stands where a value should."),
    ('{\n"a" 1}', 2, "“1” stands where “:” should."),
    ('{"a": 1\n"b": 2}', 2, '“"b"” stands where “,” or “}” should.'),
    ("[1 2]", 1, "“2” stands where “,” or “]” should."),
    ("{a: 1}", 1, "“a: 1}” stands where a key in double quotes or “}” should."),
    ("{'a': 1}", 1, "“'a': 1}” stands where a key in double quotes or “}” should."),
    ('{"a": NaN}', 1, "“NaN}” stands where a value should."),
    ('{"a": -Infinity}', 1, "“-Infinity}” stands where a value should."),
    ('{"a": 01}', 1, "“1” stands where “,” or “}” should."),
    ('{"a": .5}', 1, "“.5}” stands where a value should."),
    ('{"a": "b\nc"}', 1, '“"b” stands where a value should.'),
    (r'{"a": "\x"}', 1, r"“\"\x\"}” stands where a value should.".replace(r"\"", '"')),
    ('// note\n{"a": 1}', 1, "“// note” stands where a value should."),
    ('{"a": 1}\n{}', 2, "“{” stands where the end of the file should."),
    ("[}", 1, "“}” stands where a value or “]” should."),
]


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_what_python_writes_is_read_as_it_was(value: object, indent: int, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    documents, found = read(files("a.json", text))
    assert ([one.value for one in documents], found) == ([value], [])


def test_every_value_has_its_line() -> None:
    (document,), _ = read(files("a.json", '{\n"a": [\n1,\n{}],\r\n\n"b":\n2}'))
    assert document.value.lines == {"a": 2, "b": 6}
    assert document.value["a"].lines == [3, 4]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_what_is_no_strict_json_is_an_error_on_its_line(text: str, line: int, message: str) -> None:
    documents, (found,) = read(files("a.json", text))
    assert documents == []
    assert (found.rule, found.line, found.message) == ("json/syntax", line, message)


def test_a_key_given_twice_is_an_error_and_the_later_counts() -> None:
    (document,), (found,) = read(files("a.json", '{"a": 1,\n"a": 2}'))
    assert document.value == {"a": 2}
    assert (found.rule, found.line) == ("json/duplicate-key", 2)
    assert found.message == "“a” is given twice, first in line 1."


def test_only_the_first_keys_given_twice_are_told() -> None:
    documents, found = read(files("a.json", "{" + '"a": 1,' * 100 + '"a": 1}'))
    assert documents == []
    assert len(found) == 21


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[" * 61, "json/too-deep"),
        ('{"a":' * 200_000, "json/too-large"),
        ('{"a":' * 100_000, "json/too-deep"),
        ('"' + "\\" * 400_000, "json/syntax"),
        ("[" + "1" * 400_000, "json/syntax"),
        ("\n" * 400_000, "json/syntax"),
    ],
    ids=["deep", "large", "deep objects", "backslashes", "digits", "lines"],
)
def test_there_are_limits(text: str, rule: str) -> None:
    assert [each for each, _ in places(read(files("a.json", text))[1])] == [rule]


def test_sixty_levels_are_read() -> None:
    documents, found = read(files("a.json", "[" * 60 + "]" * 60))
    assert (len(documents), found) == (1, [])


def test_a_huge_number_is_no_text_and_no_trouble() -> None:
    (document,), _ = read(files("a.json", "[" + "9" * 5_000 + ", -1e999, 1E2]"))
    assert document.value == [float("inf"), float("-inf"), 100.0]


def test_what_no_database_takes_is_replaced() -> None:
    (document,), _ = read(files("a.json", r'{"\u0000\ud800a": "\udc00\u001b\u00e9\ud83d\ude00"}'))
    assert document.value == {"\ufffd\ufffda": "\ufffd\ufffdé😀"}
