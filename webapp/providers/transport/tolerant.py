"""Reading JSON that may hold anything: what is not of the expected type counts as absent."""

from webapp.providers.transport.frames import Message

MAX_COUNT = 2**31 - 1


def as_object(value: object) -> Message:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """The string, or ""; half a surrogate pair, which no file can hold, becomes U+FFFD."""
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def as_count(value: object) -> int | None:
    """The number of tokens, or None where it is none that can be."""
    # A bool is an int too.
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def as_part(value: object, whole: int | None) -> int | None:
    """How many of the `whole` number of tokens, or None where it is no part of them."""
    part = as_count(value)
    return part if part is not None and whole is not None and part <= whole else None
