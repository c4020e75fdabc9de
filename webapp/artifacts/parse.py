"""From the text of an answer to its files: JSON, `---FILE: path---` sections or code blocks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from webapp.artifacts.fences import fences, given_name
from webapp.artifacts.names import normal_name, quoted, why_refused
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.domain.errors import OmniError

MAX_FILES = 200
MAX_MARKS = 2 * MAX_FILES + 2  # a start and an end for each file, notes, and one file too many
MAX_FILE_BYTES = 2_000_000
MAX_NOTES = 50
MAX_NOTE_CHARS = 2000
UNNAMED = "main"  # for * where an answer is one block without a name

ANSWER_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
                "required": ["path", "content"],
                "additionalProperties": False,
            },
        },
        "notes": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["files", "notes"],
    "additionalProperties": False,
}

# What a remark on the answer itself means for its job.
SEVERITY = {
    "answer/path": Severity.ERROR,
    "answer/too-many-files": Severity.ERROR,
    "answer/file-too-large": Severity.ERROR,
    "answer/shape": Severity.ERROR,
    "answer/unclosed": Severity.WARNING,
    "answer/unnamed": Severity.WARNING,
    "answer/prose": Severity.NOTE,
}

_JSON_START = re.compile(r'\{\s*"(?:files|notes)"\s*:')
_JSON_TRIES = 3
# The end is matched closely: `-----END CERTIFICATE-----` belongs to a file. What is repeated there
# is never tried shorter (`*+`): it could be a megabyte of spaces.
_SECTION = re.compile(
    r"^[ \t*`]*-{3,}[ \t]*"
    r"(?:(FILE)[ \t]*:([^\n]*)|(NOTES|END(?:[ \t]FILE)?)[ \t:]*+-*+[ \t*`]*+)$",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")

Entry = tuple[str, str]  # a name as the answer gives it, and a content


class NoFiles(OmniError):
    """An answer holds no file; the sentence says what it holds instead."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The files of an answer, what the model remarked, and what was wrong with the answer itself.

    These findings have an empty path: they concern the answer, not one of its files.
    """

    files: tuple[ArtifactFile, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """An answer taken apart; `prose` is what stands outside the files."""

    entries: Sequence[Entry]
    prose: str
    notes: Sequence[str] = ()
    findings: Sequence[Finding] = ()


def parse_answer(text: str, expected: Sequence[str], *, single_path: str | None = None) -> Parsed:
    """The files of an answer; `expected` are the paths of the kind, as patterns.

    With `single_path` the whole answer is the content of that one file. A name that may not be
    used (`names.why_refused`, or given twice), more than 200 files and a file over 2 MB are error
    findings, and that file is left out. Raises `NoFiles`.
    """
    text = _clean(text)
    if not text.strip():
        raise NoFiles("The answer is empty: there is no file in it.")
    if single_path is not None:
        return Parsed((ArtifactFile(single_path, text),), (), ())
    reading = _read(_without_thoughts(text), expected)
    files, refused = _accept(reading.entries, expected)
    findings = [*reading.findings, *refused]
    if _FENCE_LINE.sub("", reading.prose).strip():
        findings.append(_finding("answer/prose", "Text outside the files was left out."))
    notes = tuple(_clean(note)[:MAX_NOTE_CHARS] for note in reading.notes[:MAX_NOTES])
    return Parsed(tuple(files), notes, tuple(findings))


def _clean(text: str) -> str:
    # Half a surrogate pair, which JSON can spell, could not be written to any file.
    return _SURROGATE.sub("\ufffd", text).removeprefix("\ufeff").replace("\r\n", "\n")


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule, SEVERITY[rule], "", None, message)


def _without_thoughts(text: str) -> str:
    if not text.lstrip().startswith("<think>"):
        return text
    _, end_of_thought, answer = text.partition("</think>")
    if not end_of_thought:
        raise NoFiles("The answer broke off while the model was still thinking: there is no file.")
    return answer


def _read(text: str, expected: Sequence[str]) -> _Reading:
    is_json = _FENCE_LINE.sub("", text[:100]).lstrip().startswith("{")
    if not is_json and (reading := _read_sections(text)):
        return reading
    if reading := _read_json(text):
        return reading
    if reading := _read_fences(text, expected):
        return reading
    raise NoFiles(f"There is no file in the answer, only {'JSON' if is_json else 'prose'}.")


def _read_json(text: str) -> _Reading | None:
    """The first object that has files, or None; `NoFiles` where there is only a damaged one."""
    decoder = json.JSONDecoder(strict=False)  # models put line breaks into strings as they are
    broken: NoFiles | None = None
    for start in islice(_JSON_START.finditer(text), _JSON_TRIES):
        try:
            answer, end = decoder.raw_decode(text, start.start())
        except RecursionError:
            broken = broken or NoFiles("The answer is JSON nested too deep to be read.")
        except ValueError as error:
            broken = broken or _broken_json(error, text)
        else:
            entries, findings = _json_entries(answer.get("files"))
            if entries:
                prose = text[: start.start()] + text[end:]
                return _Reading(entries, prose, _json_notes(answer.get("notes")), findings)
    if broken:
        raise broken
    return None


def _broken_json(error: ValueError, text: str) -> NoFiles:
    if isinstance(error, json.JSONDecodeError) and (
        "Unterminated" in error.msg or error.pos >= len(text.rstrip()) - len("\\uffff")
    ):
        return NoFiles("The answer broke off in the middle of its JSON: no file is complete.")
    return NoFiles("The answer is damaged JSON: no file can be read from it.")


def _json_entries(files: object) -> tuple[list[Entry], list[Finding]]:
    entries: list[Entry] = []
    findings: list[Finding] = []
    listed = files if isinstance(files, list) else []
    for number, file in enumerate(listed[: MAX_FILES + 1], 1):
        match file:
            case {"path": str(path), "content": str(content)}:
                entries.append((_clean(path), _clean(content)))
            case _:
                message = f"File {number} of the answer has no path or no text: it was left out."
                findings.append(_finding("answer/shape", message))
    return entries, findings


def _json_notes(notes: object) -> list[str]:
    listed = notes if isinstance(notes, list) else [notes]
    return [note for note in listed[:MAX_NOTES] if isinstance(note, str) and note.strip()]


def _read_sections(text: str) -> _Reading | None:
    marks = list(islice(_SECTION.finditer(text), MAX_MARKS))
    if not any(mark[1] for mark in marks):
        return None
    text = _without_outer_fence(text, marks[0].start())
    entries: list[Entry] = []
    notes: list[str] = []
    prose = [text[: marks[0].start()]]
    findings: list[Finding] = []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        body = text[mark.end() + 1 : end]
        if mark[1]:
            content, rest, is_closed = _unfenced(body)
            name = mark[2].strip(" \t*`").rstrip("-").strip(" \t*`\"'")
            entries.append((name, content))
            prose.append(rest)
            findings += [] if is_closed else [_unclosed(name)]
        elif mark[3].upper() == "NOTES":
            notes.append(body.strip())
        else:
            prose.append(body)
    return _Reading(entries, "\n".join(prose), [note for note in notes if note], findings)


def _without_outer_fence(text: str, start: int) -> str:
    """The text without the end of a code block that is opened right before the first section."""
    line = text[:start].rstrip().rpartition("\n")[2].strip()
    fence = re.match(r"`{3,}|~{3,}", line)
    end = text.rstrip()
    return end[: -len(fence[0])] if fence and end.endswith(f"\n{fence[0]}") else text


def _unfenced(body: str) -> tuple[str, str, bool]:
    """The content without the fence around it, the prose after that fence, whether it closes."""
    fence = next(fences(body), None)
    if fence is None or body[: fence.start].strip():
        return body.strip("\n") + "\n", "", True
    return fence.content, body[fence.end :], fence.is_closed


def _unclosed(name: str) -> Finding:
    message = f"The code block of {quoted(name)} was never closed: the file may be cut off."
    return _finding("answer/unclosed", message)


def _read_fences(text: str, expected: Sequence[str]) -> _Reading | None:
    blocks = list(fences(text))
    named = [(given_name(block, expected), block) for block in blocks]
    unnamed = [block for name, block in named if not name and not block.is_shell]
    main = expected[0].replace("*", UNNAMED)  # the main file of a kind is named first
    if len(named) == len(unnamed) == 1 and _may_be(unnamed[0].content, main):
        named, unnamed = [(main, unnamed[0])], []
    entries = [(name, block.content) for name, block in named if name]
    if not entries:
        return None
    findings = [_unclosed(name) for name, block in named if name and not block.is_closed]
    if unnamed:
        message = "A code block without a file name was left out."
        findings.append(_finding("answer/unnamed", message))
    edges = [0, *(edge for block in blocks for edge in (block.start, block.end)), len(text)]
    outside = zip(edges[::2], edges[1::2], strict=True)
    prose = "".join(text[start:end] for start, end in outside)
    return _Reading(entries, prose, (), findings)


def _may_be(content: str, path: str) -> bool:
    return path.endswith(".json") or not content.lstrip().startswith("{")


def _accept(
    entries: Sequence[Entry], expected: Sequence[str]
) -> tuple[list[ArtifactFile], list[Finding]]:
    files: list[ArtifactFile] = []
    findings: list[Finding] = []
    taken: set[str] = set()  # names and the folders they need, as a careless disk compares them
    for given, content in entries[:MAX_FILES]:
        name = normal_name(given)
        if why := why_refused(name, expected) or _why_taken(name, taken):
            message = f"The file name {quoted(given)} was refused: {why}."
            findings.append(_finding("answer/path", message))
        elif len(content) > MAX_FILE_BYTES or len(content.encode()) > MAX_FILE_BYTES:
            message = f"{name} is larger than {MAX_FILE_BYTES // 1_000_000} MB: it was left out."
            findings.append(_finding("answer/file-too-large", message))
        else:
            files.append(ArtifactFile(name, content))
            taken |= {name.casefold(), *_folders(name)}
    if len(entries) > MAX_FILES:
        message = f"The answer has more than {MAX_FILES} files: the others were left out."
        findings.append(_finding("answer/too-many-files", message))
    return files, findings


def _folders(name: str) -> set[str]:
    parts = name.casefold().split("/")[:-1]
    return {"/".join(parts[: end + 1]) + "/" for end in range(len(parts))}


def _why_taken(name: str, taken: set[str]) -> str | None:
    folded = name.casefold()
    if folded in taken:
        return "the answer has two files of this name"
    # A name cannot be both a file and a folder.
    if f"{folded}/" in taken or any(folder[:-1] in taken for folder in _folders(name)):
        return "the answer has a file and a folder of this name"
    return None
