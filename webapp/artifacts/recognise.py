"""Which kind a file is of, by its name and, where that says nothing, by its content.

Nothing is parsed, so that a broken file is recognised too: its faults are for the check to find.
"""

import re
from itertools import islice

from webapp.artifacts.kind_rows import ROWS, Content, Row

MAX_KEYS = 2000
MAX_CHARS = 2_000_000  # past that a content says nothing

_KEY = re.compile(r"^[\"']?([A-Za-z_][\w.-]{0,80})[\"']?[ \t]*:(?=\s|$)", re.MULTILINE)
STANDARD_INPUT = "-"


def recognise(path: str, content: str) -> str | None:
    """The name of the kind that a file is of, or None where none fits.

    The path has “/” between its parts; “-” says that there is none, and then all kinds are thought
    of. A content of more than 2 million characters is not looked into.
    """
    by_name = (row for row in ROWS if row.name and row.name.fullmatch(path))
    row = next(by_name, None) or _by_content(path, content)
    return row.kind if row else None


def is_candidate(path: str) -> bool:
    """Whether a file of this name may be of a kind; else only its place may make it part of one."""
    return any((row.name and row.name.fullmatch(path)) or _ends(path, row.endings) for row in ROWS)


def may_be_companion(path: str) -> bool:
    """Whether a file would mean something beside some main file above it."""
    parts = path.split("/")
    ends = ["/".join(parts[start:]) for start in range(len(parts))]
    patterns = [row.companions for row in ROWS if row.companions]
    return any(pattern.fullmatch(end) for pattern in patterns for end in ends)


def _ends(path: str, endings: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2].lower()
    return any(name.endswith(each) if each else "." not in name for each in endings)


def _by_content(path: str, text: str) -> Row | None:
    if len(text) > MAX_CHARS:
        return None
    keys = frozenset(match[1] for match in islice(_KEY.finditer(text), MAX_KEYS))
    content = Content(text.removeprefix("\ufeff"), keys)
    possible = (row for row in ROWS if path == STANDARD_INPUT or _ends(path, row.endings))
    return next((row for row in possible if row.content and row.content(content)), None)
