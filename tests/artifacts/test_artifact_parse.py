import json
from contextlib import suppress
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from webapp.artifacts.parse import (
    ANSWER_SCHEMA,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_NOTE_CHARS,
    MAX_NOTES,
    NoFiles,
    Parsed,
    parse_answer,
)
from webapp.domain.artifact import Severity

EXPECTED = ("compose.yaml", "k8s/*.yaml", ".github/workflows/*.yml")
ONE = ("compose.yaml",)
FENCE = "```"


def answer(*files: tuple[str, str], notes: tuple[str, ...] = ()) -> str:
    """An answer as the schema wants it."""
    listed = [{"path": path, "content": content} for path, content in files]
    return json.dumps({"files": listed, "notes": notes})


def fenced(text: str, info: str = "") -> str:
    return f"{FENCE}{info}\n{text}\n{FENCE}\n"


def contents(parsed: Parsed) -> dict[str, str]:
    return {file.path: file.content for file in parsed.files}


def rules(parsed: Parsed) -> list[str]:
    return [finding.rule for finding in parsed.findings]


A_AND_B = {"a.yaml": "a: 1\n", "k8s/b.yaml": "b: 2\n"}
JSON = answer(*A_AND_B.items(), notes=("It is a guess.",))
SECTIONS = "---FILE: a.yaml---\na: 1\n---FILE: k8s/b.yaml---\nb: 2\n"


def test_the_schema_describes_what_is_read() -> None:
    Draft202012Validator.check_schema(ANSWER_SCHEMA)
    Draft202012Validator(ANSWER_SCHEMA).validate(json.loads(JSON))


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"\ufeff\n{JSON}\n",
        fenced(JSON, "json"),
        f"{FENCE}json\n{JSON}",
        json.dumps(json.loads(JSON), indent=2),
        f"<think>\n---FILE: c.yaml---\nc\n</think>\n{JSON}",
        JSON.replace("\\n", "\n"),
        SECTIONS,
        fenced(SECTIONS),
        f"The files:\n\n~~~~text\n{SECTIONS}~~~~",
        fenced("---FILE: a.yaml---\n```\na: 1\n```\n---FILE: k8s/b.yaml---\n```\nb: 2\n```"),
        SECTIONS.replace("\n", "\r\n"),
        "**---FILE: `a.yaml`---**\n```yaml\na: 1\n```\n--- file : ./k8s/b.yaml\n~~~\nb: 2\n~~~\n",
        "---FILE: a.yaml---\n\na: 1\n\n---END FILE---\n---FILE: k8s/b.yaml---\nb: 2\n---END---",
        "```yaml a.yaml\na: 1\n```\n```yaml:k8s/b.yaml\nb: 2\n```",
        "`a.yaml`\n```yaml\na: 1\n```\n**k8s/b.yaml**\n```\nb: 2\n```".replace("`a", "## `a"),
    ],
)
def test_both_files_are_found_however_they_are_given(text: str) -> None:
    parsed = parse_answer(text, EXPECTED)
    assert contents(parsed) == A_AND_B
    assert all(finding.severity is Severity.NOTE for finding in parsed.findings)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (JSON, ("It is a guess.",)),
        (f"{SECTIONS}---NOTES---\nIt is a guess.\nReally.\n", ("It is a guess.\nReally.",)),
        (answer(("a", "b"), notes=("", " ", "x" * 5000)), ("x" * MAX_NOTE_CHARS,)),
        (answer(("a", "b"), notes=("n",) * 99), ("n",) * MAX_NOTES),
        ('{"files": [{"path": "a", "content": ""}], "notes": "one"}', ("one",)),
        ('{"files": [{"path": "a", "content": ""}], "notes": [1, null, "two"]}', ("two",)),
        ('{"files": [{"path": "a", "content": ""}]}', ()),
    ],
)
def test_notes_are_kept_apart_from_the_files(text: str, notes: tuple[str, ...]) -> None:
    parsed = parse_answer(text, EXPECTED)
    assert parsed.notes == notes
    assert parsed.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        f"Here are the files:\n{JSON}",
        f"{JSON}\nI hope this helps.",
        f"Sure!\n{SECTIONS}",
        "---FILE: a.yaml---\n```\na: 1\n```\nThis is the first.\n"
        "---FILE: k8s/b.yaml---\nb: 2\n---END---",
        f"{SECTIONS}---END---\nThat was all.",
        f"Here:\n{fenced('a: 1', 'a.yaml')}{fenced('b: 2', 'k8s/b.yaml')}",
    ],
)
def test_prose_around_the_files_is_left_out_and_noted(text: str) -> None:
    parsed = parse_answer(text, EXPECTED)
    assert contents(parsed) == A_AND_B
    assert rules(parsed) == ["answer/prose"]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("---FILE: a.yaml---\n```yaml\na: 1\n", "a: 1\n"),
        ("```yaml a.yaml\na: 1\n", "a: 1\n"),
        ("```yaml a.yaml\na:", "a:"),
    ],
)
def test_a_code_block_that_never_closes_is_kept_with_a_warning(text: str, rest: str) -> None:
    parsed = parse_answer(text, EXPECTED)
    assert contents(parsed) == {"a.yaml": rest}
    assert rules(parsed) == ["answer/unclosed"]


def test_a_block_without_a_name_is_left_out_with_a_warning() -> None:
    text = fenced("a: 1", "a.yaml") + fenced("b: 2", "yaml") + fenced("docker compose up", "bash")
    parsed = parse_answer(text, EXPECTED)
    assert contents(parsed) == {"a.yaml": "a: 1\n"}
    assert rules(parsed) == ["answer/unnamed"]


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (["compose.yaml"], "compose.yaml"),
        (["Dockerfile", ".dockerignore"], "Dockerfile"),
        (["k8s/*.yaml"], "k8s/main.yaml"),
        ([".github/workflows/*.yml"], ".github/workflows/main.yml"),
    ],
)
def test_the_only_block_is_the_main_file_that_was_asked_for(expected: list[str], path: str) -> None:
    assert contents(parse_answer(fenced("a: 1", "yaml"), expected)) == {path: "a: 1\n"}


def test_a_block_that_may_not_be_the_file_is_not_taken_for_it() -> None:
    for text in (fenced('{"a": 1}', "json"), fenced("ls", "bash"), fenced("a: 1") * 2):
        with pytest.raises(NoFiles):
            parse_answer(text, ONE)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("# Use\n\n```sh\nmake\n```\n", "# Use\n\n```sh\nmake\n```\n"),
        ("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",) * 2,
        ("a: 1\n---\nb: 2\n",) * 2,
        ("```a `b`\nc\n", "```a `b`\nc\n"),
        ("\x0b```\nc\n", "\x0b```\nc\n"),
        ("", "\n"),
    ],
)
def test_a_section_may_hold_what_looks_like_a_mark(body: str, content: str) -> None:
    assert contents(parse_answer(f"---FILE: a.md---\n{body}", EXPECTED)) == {"a.md": content}


def test_free_text_is_one_file_as_it_is() -> None:
    parsed = parse_answer("Here is\r\n```\nx\n", ("answer.md",), single_path="answer.md")
    assert contents(parsed) == {"answer.md": "Here is\n```\nx\n"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The answer is empty: there is no file in it."),
        (" \n\ufeff", "There is no file in the answer, only prose."),
        ("I cannot do that.", "There is no file in the answer, only prose."),
        ("---NOTES---\nNothing.", "There is no file in the answer, only prose."),
        ("{}", "There is no file in the answer, only JSON."),
        ('{"files": [], "notes": []}', "There is no file in the answer, only JSON."),
        ('{"files": 7}', "There is no file in the answer, only JSON."),
        ('{"files": [1, {"path": "a"}]}', "There is no file in the answer, only JSON."),
        (
            "<think>hmm",
            "The answer broke off while the model was still thinking: there is no file.",
        ),
        ('{"files": x, "notes": []}', "The answer is damaged JSON: no file can be read from it."),
        (
            f'{{"files": {"9" * 5000}, "notes": []}}',
            "The answer is damaged JSON: no file can be read from it.",
        ),
        (f'{{"files": {"[" * 200_000}', "The answer is JSON nested too deep to be read."),
    ],
)
def test_an_answer_without_files_says_what_it_is_instead(text: str, sentence: str) -> None:
    with pytest.raises(NoFiles) as caught:
        parse_answer(text, EXPECTED)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize("end", range(len('{"files": [{'), len(JSON)))
def test_half_an_answer_in_json_broke_off(end: int) -> None:
    with pytest.raises(NoFiles, match="broke off in the middle"):
        parse_answer(JSON[:end], EXPECTED)


def test_entries_that_are_no_files_are_errors_and_the_others_are_kept() -> None:
    text = '{"files": [7, {"path": "a"}, {"path": "b", "content": "c", "mode": 1}]}'
    parsed = parse_answer(text, EXPECTED)
    assert contents(parsed) == {"b": "c"}
    assert rules(parsed) == ["answer/shape", "answer/shape"]


@pytest.mark.parametrize(
    ("names", "kept", "why"),
    [
        (("../a", "b"), ["b"], '"../a" was refused: it has an empty part'),
        (("/a", "b"), ["b"], "it is not relative"),
        (("a", "a"), ["a"], "two files of this name"),
        (("a", "./a"), ["a"], "two files of this name"),
        (("readme.md", "README.md"), ["readme.md"], "two files of this name"),
        (("straße", "STRASSE"), ["straße"], "two files of this name"),
        (("gr\u00f6", "gro\u0308"), ["gr\u00f6"], "two files of this name"),
        (("a", "a/b"), ["a"], "a file and a folder of this name"),
        (("a/b", "a"), ["a/b"], "a file and a folder of this name"),
        (("A/b/c", "a/B"), ["A/b/c"], "a file and a folder of this name"),
        (("a", "b/c", "B/c/d/e"), ["a", "b/c"], "a file and a folder of this name"),
        ((".env", "b"), ["b"], "it starts with a dot"),
        (("\u202eb", "b"), ["b"], '"\\u202eb" was refused'),
    ],
)
def test_a_name_that_may_not_be_used_is_an_error_and_the_others_are_kept(
    names: tuple[str, ...], kept: list[str], why: str
) -> None:
    parsed = parse_answer(answer(*((name, "") for name in names)), EXPECTED)
    assert list(contents(parsed)) == kept
    (found,) = parsed.findings
    assert (found.rule, found.severity, found.path) == ("answer/path", Severity.ERROR, "")
    assert why in found.message


def test_folders_may_be_shared() -> None:
    parsed = parse_answer(answer(("a/b", ""), ("a/c", ""), ("ab", ""), ("a/d/e", "")), EXPECTED)
    assert len(parsed.files) == 4


@pytest.mark.parametrize("content", ["x" * (MAX_FILE_BYTES + 1), "ä" * (MAX_FILE_BYTES // 2 + 1)])
def test_a_file_that_is_too_large_is_left_out_with_an_error(content: str) -> None:
    parsed = parse_answer(answer(("a", content), ("b", "x" * MAX_FILE_BYTES)), EXPECTED)
    assert list(contents(parsed)) == ["b"]
    assert rules(parsed) == ["answer/file-too-large"]


@pytest.mark.parametrize(
    "text",
    [
        answer(*((f"{n}", "x") for n in range(MAX_FILES + 1))),
        "".join(f"---FILE: {n}.txt---\nx\n" for n in range(1000)),
        "".join(f"---FILE: {n}.txt---\nx\n---END---\n" for n in range(MAX_FILES + 1)),
        "".join(fenced("x", f"{n}.txt") for n in range(MAX_FILES + 1)),
    ],
)
def test_too_many_files_are_an_error_and_the_first_are_kept(text: str) -> None:
    parsed = parse_answer(text, EXPECTED)
    assert len(parsed.files) == MAX_FILES
    assert rules(parsed) == ["answer/too-many-files"]


def test_half_a_character_becomes_one_that_can_be_written() -> None:
    text = '{"files": [{"path": "a", "content": "\\ud800x"}], "notes": ["\\udfff"]}'
    parsed = parse_answer(text, EXPECTED)
    assert (contents(parsed), parsed.notes) == ({"a": "\ufffdx"}, ("\ufffd",))


MEGABYTES = 20_000_000


@pytest.mark.parametrize(
    "text",
    [
        "x" * MEGABYTES,
        " " * MEGABYTES + "x",
        f"---NOTES{' ' * MEGABYTES}x",
        f"---NOTES{'-' * MEGABYTES}x",
        f"---FILE: a---{' ' * MEGABYTES}x",
        "-" * MEGABYTES,
        f"{'*` ' * 6_000_000}---FILE: a",
        "---FILE: a\n" * 1_800_000,
        "---END---\n" * 2_000_000,
        "```\n" * 5_000_000,
        "{" * MEGABYTES,
        '{"files":' * 2_000_000,
        f'{{"files"{" " * MEGABYTES}',
        f'{{"files": [{"[]," * 6_000_000}',
        f'{{"files": "{"x" * MEGABYTES}',
        f"<think>{'<think>' * 2_500_000}",
        answer(("a", "x" * MEGABYTES)),
        "\ud800" * 5_000_000,
        "\r\n" * 10_000_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_huge_answer_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    with suppress(NoFiles):
        parse_answer(text, EXPECTED)


PIECES = st.sampled_from(
    [
        *("---FILE: ", "---\n", "---END---\n", "---NOTES---\n", "\n", "\r\n", " ", "```", "~~~"),
        *("```yaml a.yaml\n", "`b.txt`\n", "a: 1\n", "{", "}", '{"files": [', "]}", '"notes": []'),
        *('{"path": "../a", "content": "x"}', '{"path": "a/b", "content": "x"}', ",", "<think>"),
        *("</think>", "../", "/", "..", ".git", "con", "\\", "\u202e", "\ud800", "\x00", "ß", "SS"),
        *("# compose.yaml\n", "title=", '"', "\x0b", "\ufeff", "`x`"),
    ]
)


@settings(max_examples=500, deadline=None)
@example("---FILE: a---\n```a `b`\nc")
@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text()))
def test_whatever_the_answer_its_paths_stay_inside_their_folder(text: str) -> None:
    try:
        parsed = parse_answer(text, EXPECTED)
    except NoFiles:
        return
    paths = [file.path for file in parsed.files]
    for path in paths:
        assert path
        assert path == normalize("NFC", path)
        assert not {"", ".", ".."} & set(path.split("/"))
        assert path.isprintable()
        assert "\\" not in path
    assert len({path.casefold() for path in paths}) == len(paths)
    for file in parsed.files:
        file.content.encode()
