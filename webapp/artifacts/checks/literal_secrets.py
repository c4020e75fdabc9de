"""Passwords and tokens written out where only their name should stand."""

import re

_NAME = re.compile(
    r"(?:^|[_\-.])(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN|CREDENTIALS?"
    r"|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|SECRET|AUTH)[_\-]?KEY)S?$",
    re.IGNORECASE,
)
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})
_ADDRESS = re.compile(r"://[^\s:/@$]{0,100}:[^\s:/@$]{1,100}@")


def is_literal_secret(name: str, value: object) -> bool:
    """Whether a variable holds a password, a token or an address with one, as plain text.

    A value that refers to another (`$NAME`, `${{ secrets.NAME }}`, `<fill in>`), that points to a
    file (`/run/secrets/…`), that switches something (`ALLOW_EMPTY_PASSWORD: "yes"`) or that counts
    (`MAX_TOKENS: 4000`) is none.
    """
    text = str(value) if isinstance(value, str | int | float) else ""
    if not text or "$" in text or text[0] in "</" or text.lower() in _SWITCHES:
        return False
    counts = text.isdecimal() and name.lower().endswith("tokens")
    return not counts and bool(_NAME.search(name) or _ADDRESS.search(text))
