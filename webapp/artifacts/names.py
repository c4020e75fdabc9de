"""The names an answer may give its files: what a hostile one could do ends here."""

import json
import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

MAX_NAME_BYTES = 200
_PUNCTUATION = frozenset("._-+@=")
_PRIVATE = frozenset({".git", ".ssh"})
# Windows opens a device for these, with any extension; it takes “¹” for “1”.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"}
)


def quoted(name: str) -> str:
    """A hostile name made fit to be shown: ASCII, escaped, in quotes, its first 80 characters."""
    return json.dumps(name if len(name) <= 80 else f"{name[:80]}…")


def normal_name(name: str) -> str:
    """The one spelling of a name: NFC, without `./` in front."""
    name = name.strip()
    while name.startswith("./"):
        name = name[2:]
    # Normalising is slow on long input, and a long name is refused anyway.
    return unicodedata.normalize("NFC", name) if len(name) <= MAX_NAME_BYTES else name


def is_expected(name: str, expected: Sequence[str]) -> bool:
    """Whether a pattern names this path; a dot at the start of a part is only matched by a dot."""
    return any(_matches(name.split("/"), pattern.split("/")) for pattern in expected)


def _matches(parts: list[str], patterns: list[str]) -> bool:
    return len(parts) == len(patterns) and all(
        fnmatchcase(part, pattern) and (part[:1] != "." or pattern[:1] == ".")
        for part, pattern in zip(parts, patterns, strict=True)
    )


def why_refused(name: str, expected: Sequence[str]) -> str | None:
    """Why a normal name may not be used, as the end of a sentence; None where it may.

    A name is relative, stays inside its folder, is made of letters, digits and `._-+@=`, and has at
    most 200 bytes of UTF-8. A part may start with a dot only where `expected` says so.
    """
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME_BYTES or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes"
    if name.startswith("/"):
        return "it is not relative"
    if not all(char.isalnum() or char in _PUNCTUATION or char == "/" for char in name):
        return "it holds a character that file names here may not have"
    parts = name.split("/")
    return next(filter(None, map(_why_part_refused, parts)), None) or _why_dot(name, expected)


def _why_part_refused(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "it has an empty part, “.” or “..”"
    if part.casefold() in _PRIVATE:
        return f"{part} belongs to another program"
    if part.endswith("."):
        return "a part of it ends with a dot"
    if part.split(".")[0].casefold() in _DEVICES:
        return "some systems take it for a device"
    return None


def _why_dot(name: str, expected: Sequence[str]) -> str | None:
    if "/." in f"/{name}" and not is_expected(name, expected):
        return "it starts with a dot and is not one of the files asked for"
    return None
