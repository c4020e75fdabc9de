"""No check crashes, hangs or passes what it could not read, whatever a file of any kind holds."""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty
from tests.artifacts.checks.good_answers import ANSWERS
from tests.artifacts.checks.rule_table import rules
from webapp.artifacts.catalogue import KINDS
from webapp.domain.artifact import Finding

LINTED = {name for name, kind in KINDS.items() if kind.uses_linter}
KNOWN = frozenset(rules())
LINTERS = ("hadolint/", "actionlint/", "shellcheck/")
BOMB = "a: &a [x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS = {
    "alias bomb": BOMB,
    "20,000 brackets": f"a: {'[' * 20_000}{']' * 20_000}\n",
    "20,000 braces": "{" * 20_000,
    "20,000 objects": '{"a":' * 20_000,
    "3,000 substitutions": f"echo {'$(' * 3000}ls{')' * 3000}\n",
    "3,000 conditions": "if true; then\n" * 3000,
    "3,000 cases": "case a in " * 3000,
    "5,000 parentheses": f"locals {{\n  a = {'(' * 5000}1{')' * 5000}\n}}\n",
    "20,000 blocks of a template": "{{ if .a }}" * 20_000,
    "5,000 lookups": "{{ lookup('pipe', 'id') }}" * 5000,
    "100,000 openings": "${" * 100_000,
    "60,000 expressions": "${{ " * 60_000,
    "900 indents": "".join(f"{' ' * n}a:\n" for n in range(900)),
    "a huge line": f"a: {'x' * 400_000}\n",
    "a huge number": f"a: {'9' * 300_000}\n",
    "a huge key": f"? {'a' * 300_000}\n: 1\n",
    "odd numbers": f"a: [1e999999999, .nan, -.inf, 0x{'f' * 5000}, 09, 1_000]\n",
    "600 KB": "# a comment\n" * 50_000,
    "100,000 keys": "".join(f"k{n}: 1\n" for n in range(100_000)),
    "20,000 documents": "---\na: 1\n" * 20_000,
    "20,000 anchors": "".join(f"&a{n} " for n in range(20_000)),
    "5,000 stages": "FROM a AS b\n" * 5000,
    "20,000 sections": "[Service]\n" * 20_000,
    "20,000 here-documents": "RUN <<A\n" * 20_000,
    "50,000 continued lines": "a \\\n" * 50_000,
    "quotes": '"' * 100_001,
    "single quotes": "'" * 100_001,
    "backticks": "`" * 20_001,
    "backslashes": "\\" * 200_000,
    "tabs": "\t" * 100_000,
    "NUL": "a: \x00b\nFROM \x00\n",
    "an escape": "a: \x1b[31mred\n",
    "half a pair": "a: \ud800\nFROM a:\udfff\n",
    "a byte order mark": "\ufeffa: 1\n",
    "CRLF": "a: 1\r\nb: [\r\nc: 2\r\n",
    "CR": "a: 1\rb: 2\r- c\r",
    "line separators": "a: 1\x85b: 2\u2028- c: 3\u2029",
    "merges": "a: &a {b: 1}\nc:\n  <<: [*a, *a]\n  <<: *a\n",
    "words": "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}a\N{COMBINING ACUTE ACCENT}" * 9000,
}
# ShellCheck takes seconds for these; what it never ends is a finding, which its own test shows.
ENDLESS = {
    "5,000 stages",
    "3,000 conditions",
    "100,000 keys",
    "20,000 documents",
    "50,000 continued lines",
    "20,000 blocks of a template",
}
CASES = [
    (kind, name) for kind in ANSWERS for name in TEXTS if kind != "shell" or name not in ENDLESS
]


def sound(findings: Sequence[Finding], paths: set[str]) -> None:
    """Each finding is one we know, of a file there is, and fit to be shown and stored."""
    assert len(findings) <= 300
    for finding in findings:
        assert finding.rule in KNOWN or finding.rule.startswith(LINTERS)
        assert finding.path in {"", *paths}
        assert finding.line is None or finding.line >= 1
        assert len(finding.message) <= 500
        assert all(char >= " " and not "\ud800" <= char <= "\udfff" for char in finding.message)


def test_every_kind_that_is_checked_has_a_good_answer() -> None:
    assert set(ANSWERS) == {name for name, kind in KINDS.items() if kind.check}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_good_answer_has_no_error(kind: str) -> None:
    assert not errors(ANSWERS[kind].check(ANSWERS[kind].text))


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_hostile_file_ends_in_findings(kind: str, name: str) -> None:
    answer = ANSWERS[kind]
    alone = answer.check(TEXTS[name])
    for findings in (alone, answer.check(answer.text + TEXTS[name])):
        sound(findings, set(answer.files))
    # Any text may stand in a template, and nearly any is a script.
    assert errors(alone) or kind in ("helm", "shell")


PIECES = [
    *("[", "{", "}}", "{{", "${", "$(", '"', "'", "`", "|", "&a ", "*a", "<<", "<<: ", "!!a ", "%"),
    *(
        "\n",
        "\r",
        "\t",
        "\0",
        "\x85",
        "\u2028",
        "\ufeff",
        "\\",
        "#",
        "---\n",
        ": ",
        "- ",
        "= ",
        "~",
    ),
    *(
        "{% if %}",
        "{{ end }}",
        "<<EOF\n",
        "FROM ",
        "1e999",
        ".nan",
        "9" * 400,
        "a" * 2000,
        "\n" * 90,
    ),
]


def cut(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:at] + text[end:]


def cut_off(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:at]


def doubled(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:end] + text[at:]


def put_in(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:at] + piece + text[at:]


def replaced(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:at] + piece + text[end:]


def flipped(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    return text[:at] + bytes(byte ^ 0x55 for byte in text[at : at + 1]) + text[at + 1 :]


def lines_swapped(text: bytes, at: int, end: int, piece: bytes) -> bytes:
    lines = text.split(b"\n")
    one, other = at % len(lines), end % len(lines)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


CHANGES = (cut, cut_off, doubled, put_in, replaced, flipped, lines_swapped)
STRANGE = st.sampled_from(PIECES).map(str.encode) | st.binary(max_size=4)


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """A text with a few bytes, blocks or lines changed; what is no UTF-8 are halves of pairs."""
    content = text.encode()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 300))
        content = draw(st.sampled_from(CHANGES))(content, at, end, draw(STRANGE))
    return content.decode("utf-8", "surrogateescape")


VALUES = ["", "{}", "[]", "[{}]", "1", ".nan", "-1e999", "~", "null", "a: 1", "'*'", '"$a"', "<<A"]
NAME = re.compile(r"[^:=]*[:=]|\S* ?")


@st.composite
def with_other_values(draw: st.DrawFn, text: str) -> str:
    """A text in which a few lines say something else of what they name, or nothing."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        name = NAME.match(lines[at])
        new = draw(st.sampled_from(VALUES))
        named = f"{name[0] if name else ''} {new}"
        lines[at] = draw(st.sampled_from([named, f"{named},", new, lines[at] + new]))
    return "\n".join(lines)


@pytest.mark.parametrize("kind", ANSWERS)
def test_no_change_to_a_good_file_breaks_its_check(kind: str) -> None:
    answer = ANSWERS[kind]

    @settings(max_examples=50 if kind in LINTED else 250, deadline=None)
    @given(changed(answer.text) | with_other_values(answer.text))
    def end_in_findings(text: str) -> None:
        sound(answer.check(text), set(answer.files))

    end_in_findings()


NAMES: Sequence[Callable[[str], str]] = (
    "../../{}".format,
    "/etc/{}".format,
    "-{}".format,
    "--config=/etc/passwd/{}".format,
    "{} -> /etc/passwd".format,
    "a\nb/{}".format,
    "\x00{}".format,
    "\ud800/{}".format,
    "{}\x1b[31m".format,
    f"{'a' * 5000}/{{}}".format,
    f"{'a/' * 2000}{{}}".format,
    ".{}".format,
    "".join,
)


@pytest.mark.parametrize("kind", ANSWERS)
def test_no_name_of_a_file_breaks_the_check(kind: str) -> None:
    answer = ANSWERS[kind]
    for name in NAMES:
        path = name(answer.path)
        sound(answer.check(answer.text, path=path), {path, *answer.files})


# What would have a linter look away, where it is looked for.
CONFIGS = {
    ".hadolint.yaml": "ignored: [DL3006, DL3007, DL3008]\n",
    ".shellcheckrc": "disable=all\n",
    ".github/actionlint.yaml": "self-hosted-runner: {labels: [gpu]}\n",
    ".yamllint": "rules: {}\n",
    ".checkov.yaml": "skip-check: [CKV_K8S_8]\n",
    ".tflint.hcl": "config {\n  disabled_by_default = true\n}\n",
}
FAULTS = {
    "dockerfile": ("nginx:1.29.4", "nginx:latest", "hadolint/DL3007"),
    "github-actions": ("ubuntu-24.04\n    timeout-minutes: 30", "gpu", "actionlint/runner-label"),
    "shell": ('docker pull "${image}"', "docker pull $image", "shellcheck/SC2086"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_the_settings_of_a_linter_beside_a_file_change_nothing(kind: str) -> None:
    answer = ANSWERS[kind]
    old, new, rule = FAULTS[kind]
    text = faulty(answer.text, old, new)
    folder = f"{answer.path.rpartition('/')[0]}/".lstrip("/")
    beside = CONFIGS | {f"{folder}{name}": config for name, config in CONFIGS.items()}
    found = [one for one in answer.check(text, beside) if one.path == answer.path]
    assert found == answer.check(text)
    assert rule in {finding.rule for finding in found}
