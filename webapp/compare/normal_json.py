"""JSON with sorted keys."""

import json
from typing import Any

from webapp.compare.align import Steps
from webapp.compare.unreadable import TOO_DEEP, Unreadable


def normal_json(text: str, _: Steps) -> str:
    """The same value with sorted keys, two spaces a level; Unreadable if there is none.

    A key that is given twice, or a number that Python cannot hold, is unreadable too: to drop it
    would hide a difference.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
        written = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise Unreadable("a number is too large") from error
    except RecursionError as error:
        raise Unreadable(TOO_DEEP) from error
    return f"{written}\n"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("a key is given twice")
    return found
