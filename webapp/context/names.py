"""The names an upload may give its entries: a name that could harm anybody refuses the upload."""

import json
import re
import unicodedata

from webapp.domain.errors import BadUpload

MAX_DEPTH = 20
MAX_PATH_CHARS = 1000
MAX_PART_BYTES = 255  # what file systems hold
_DRIVE = re.compile(r"[A-Za-z]:")
# Line and paragraph separators, and what turns the direction of writing: `exe.txt` from `txt.exe`.
_MISLEADING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e") | frozenset(
    "\u2066\u2067\u2068\u2069"
)


def quoted(name: str) -> str:
    """A hostile name made fit to be shown: ASCII, escaped, in quotes, its first 80 characters."""
    return json.dumps(name if len(name) <= 80 else f"{name[:80]}…")


def check_name(name: str) -> None:
    """Raise BadUpload unless a path is relative, stays inside its folder and reads as it is.

    A path has at most 1,000 characters and a part of it at most 255 bytes.
    """
    if why := _why_refused(name):
        raise BadUpload(f"The entry {quoted(name)} is refused: {why}.")


def check_depth(path: str) -> None:
    """Raise BadUpload where a folder lies more than 20 folders deep."""
    if path.count("/") >= MAX_DEPTH:
        raise BadUpload(f"{quoted(path)} is refused: it is more than {MAX_DEPTH} folders deep.")


class Twins:
    """Finds names that only some systems tell apart."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, path: str) -> None:
        """Take the path of a file; raises BadUpload where another entry has that name."""
        folded = path.casefold()
        parts = folded.split("/")
        folders = {"/".join(parts[:end]) for end in range(1, len(parts))}
        if folded in self._files:
            raise BadUpload(
                f"The entry {quoted(path)} is there twice, at least for systems that do not tell "
                "capitals from small letters: rename or remove one."
            )
        if folded in self._folders or folders & self._files:
            raise BadUpload(f"{quoted(path)} is refused: it names both a file and a folder.")
        self._files.add(folded)
        self._folders |= folders


def project_name(filename: str) -> str:
    """What a project is called by the name of its file or folder; at most 100 characters."""
    name = re.split(r"[/\\]", filename[-1000:])[-1]
    name = name[:-4] if name.lower().endswith(".zip") else name
    shown = "".join(char for char in name if char.isprintable() and char not in _MISLEADING)
    return shown.strip()[:100] or "project"


def _why_refused(name: str) -> str | None:
    if not name:
        return "it has no name"
    if len(name) > MAX_PATH_CHARS:
        return f"its name has more than {MAX_PATH_CHARS:,} characters"
    if why := _why_character(name):
        return why
    if name.startswith("/") or _DRIVE.match(name):
        return "its path is not relative"
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "its path has an empty part, “.” or “..”"
    if any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        return f"a part of its path is longer than {MAX_PART_BYTES} bytes"
    return None


def _why_character(name: str) -> str | None:
    if "\\" in name:
        return "its path holds a backslash: pack it with “/” between folders"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        return "its name holds a control character"
    if not _MISLEADING.isdisjoint(name):
        return "its name holds a character that turns the direction of writing"
    return None
