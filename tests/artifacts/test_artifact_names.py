import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.artifacts.names import is_expected, normal_name, quoted, why_refused

EXPECTED = (".dockerignore", ".github/workflows/*.yml", "k8s/*.yaml")
EMPTY_PART = "it has an empty part, “.” or “..”"
CHARACTER = "it holds a character that file names here may not have"
ABSOLUTE = "it is not relative"
LONG = "it is longer than 200 bytes"
DOT = "it starts with a dot and is not one of the files asked for"
DEVICE = "some systems take it for a device"
END = "a part of it ends with a dot"
PRIVATE = "belongs to another program"

HOSTILE = [
    ("", "it is empty"),
    ("  ", "it is empty"),
    ("./", "it is empty"),
    ("..", EMPTY_PART),
    (".", EMPTY_PART),
    ("../compose.yaml", EMPTY_PART),
    ("a/../../b", EMPTY_PART),
    ("a/..", EMPTY_PART),
    ("a/./b", EMPTY_PART),
    ("a//b", EMPTY_PART),
    ("a/", EMPTY_PART),
    ("././../a", EMPTY_PART),
    ("k8s/../.github/workflows/a.yml", EMPTY_PART),
    ("/etc/passwd", ABSOLUTE),
    ("//host/share", ABSOLUTE),
    (".//etc/passwd", ABSOLUTE),
    ("/", ABSOLUTE),
    ("C:/windows/a.txt", CHARACTER),
    ("C:a.txt", CHARACTER),
    ("..\\a", CHARACTER),
    ("a\\b", CHARACTER),
    ("~/a", CHARACTER),
    ("~root", CHARACTER),
    ("$HOME/a", CHARACTER),
    ("`id`.txt", CHARACTER),
    ("a;b", CHARACTER),
    ("a|b", CHARACTER),
    ("a b.txt", CHARACTER),
    ("a\tb", CHARACTER),
    ("a\nb", CHARACTER),
    ("a\x00.yaml", CHARACTER),
    ("a\x1b[2J", CHARACTER),
    ("a\x7f", CHARACTER),
    ("*.yaml", CHARACTER),
    ("a?", CHARACTER),
    ("<a>", CHARACTER),
    ('"a"', CHARACTER),
    ("a'b", CHARACTER),
    ("%2e%2e/a", CHARACTER),
    ("git~1/config", CHARACTER),
    ("a:stream", CHARACTER),
    ("\u202egnp.exe", CHARACTER),
    ("a\u2066b", CHARACTER),
    ("a\u200bb", CHARACTER),
    (".g\u200cit/config", CHARACTER),
    ("a\ufeffb", CHARACTER),
    ("\uff0e\uff0e/a", CHARACTER),
    ("a\uff0fb", CHARACTER),
    ("a\u2215b", CHARACTER),
    ("a\ufffd", CHARACTER),
    ("🙂.yaml", CHARACTER),
    (".git/config", PRIVATE),
    (".GIT/hooks/pre-commit", PRIVATE),
    ("a/.git", PRIVATE),
    (".ssh/authorized_keys", PRIVATE),
    ("home/.Ssh/config", PRIVATE),
    (".env", DOT),
    (".bashrc", DOT),
    ("a/.env", DOT),
    (".config/autostart/a.desktop", DOT),
    (".github/workflows/.a.yml", DOT),
    (".github/workflows/deep/a.yml", DOT),
    (".github/CODEOWNERS", DOT),
    ("k8s/.a.yaml", DOT),
    ("...", END),
    ("a.", END),
    ("a./b", END),
    ("con", DEVICE),
    ("NUL.txt", DEVICE),
    ("a/aux.yaml", DEVICE),
    ("Com1", DEVICE),
    ("com¹.txt", DEVICE),
    ("lpt9.tar.gz", DEVICE),
    ("prn/a", DEVICE),
    ("a" * 201, LONG),
    ("ä" * 101, LONG),
    ("a/" * 10_000_000, LONG),
    ("\u0344" * 10_000_000, LONG),
]
GOOD = [
    *("Dockerfile", "compose.yaml", "k8s/web.yaml", "a/b/c/d.txt", "a-b_c.d+e@f=g"),
    *("größe/naïve.yaml", "設定.yaml", ".dockerignore", ".github/workflows/ci.yml"),
    *("console.txt", "nullable.py", "a.con", "com10", "v1..2", "a" * 200),
]


@pytest.mark.parametrize(("name", "why"), HOSTILE, ids=[quoted(name) for name, _ in HOSTILE])
def test_a_hostile_name_is_refused_for_its_reason(name: str, why: str) -> None:
    given = why_refused(normal_name(name), EXPECTED)
    assert given is not None
    assert given.endswith(why)


@pytest.mark.parametrize("name", GOOD)
def test_a_usual_name_may_be_used(name: str) -> None:
    assert why_refused(normal_name(name), EXPECTED) is None


@pytest.mark.parametrize(
    ("given", "normal"),
    [("./a", "a"), (" ././a/b \n", "a/b"), ("gro\u0308ße", "größe"), ("\u212aube", "Kube")],
)
def test_a_name_has_one_spelling(given: str, normal: str) -> None:
    assert normal_name(given) == normal


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("k8s/web.yaml", True),
        ("k8s/a/web.yaml", False),
        ("K8s/web.yaml", False),
        ("k8s/.yaml", False),
        ("web.yaml", False),
        (".dockerignore", True),
        ("a/.dockerignore", False),
    ],
)
def test_a_pattern_names_whole_paths_and_no_hidden_files(name: str, is_one: bool) -> None:
    assert is_expected(name, EXPECTED) == is_one


@given(st.text())
def test_a_quoted_name_is_short_and_printable_ascii(name: str) -> None:
    shown = quoted(name)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 1000
