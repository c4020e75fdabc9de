"""Passwords and tokens written out where only their name should stand."""

import re

_NAME = re.compile(
    r"(?:^|[_\-.])(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN|CREDENTIALS?"
    r"|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|SECRET|AUTH)[_\-]?KEY)S?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"://[^\s:/@$]{0,100}:[^\s:/@$]{1,100}@")


def is_literal_secret(name: str, value: object) -> bool:
    """Whether a variable holds a password, a token or an address with one, as plain text.

    A value that refers to another (`$NAME`, `${{ secrets.NAME }}`, `<fill in>`) or that points to a
    file (`/run/secrets/…`) is none.
    """
    if not isinstance(value, str) or not value or "$" in value or value[0] in "</":
        return False
    return _NAME.search(name) is not None or _ADDRESS.search(value) is not None
