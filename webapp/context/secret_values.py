"""What only stands for a secret, and what somebody chose to be hard to guess."""

import re

# A value that refers to another, is to be filled in, or says of itself that it is none.
_REFERS = re.compile(
    r"\$\{|\$\(|\{\{|#\{|%\(|%[A-Z_]+%|^[$%&*!@<>{\[(|]|\.\.\.|…|[>}]$"
    r"|^[A-Za-z_][\w.]{0,60}[(\[]"
)
_STANDS_FOR = re.compile(
    r"(?i)change|example|replace|placeholder|insert|dummy|sample|your|x{4}|\*{3}|redacted|masked"
    r"|not[_-]?(?:set|a[_-]|so[_-]|really)|fill[_-]?me|todo|foobar"
    r"|^(?:test|fake|local|dev|mock|none|null|undefined|required|optional|true|false)"
    r"|^(?:os|process|env|config|settings|self|this|secrets?|vars?|local|data|module)[.:]"
    r"|(?:passw(?:or)?d|secret|token)[0-9]{0,4}$|^(?:abc|1234|0000)"
)
# The name of a thing that holds a secret: “shop-db-credentials-2”.
_IS_NAME = re.compile(r"[a-z]+(?:[-_/.:][a-z0-9]{1,20}){1,8}")
_SWITCHES = frozenset(("true", "false", "yes", "no", "on", "off"))
_KEY = re.compile(r"[A-Za-z0-9][\w+/=.~:!@#$%^&*-]{7,}")
LONGEST_NAME = 40


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret, or gets it from elsewhere."""
    return bool(_REFERS.search(value) or _STANDS_FOR.search(value))


def looks_secret(value: str, *, is_password: bool) -> bool:
    """Whether the value of something named as a secret is one, and not a name or a word.

    It has letters and digits, or letters of both cases beside other signs. What people use as a
    password may look like a name; a key or a token does not.
    """
    if is_placeholder(value) or "://" in value or value.lower() in _SWITCHES:
        return False
    if not (is_password or _is_key(value)):
        return False
    has = [
        re.search(kind, value) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")
    ]
    return (has[2] and (has[0] or has[1])) or (has[0] and has[1] and has[3] and is_password)


def _is_key(value: str) -> bool:
    is_name = len(value) <= LONGEST_NAME and _IS_NAME.fullmatch(value)
    return _KEY.fullmatch(value) is not None and not is_name
