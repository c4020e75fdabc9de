"""Folders that are the user's alone, and the key that is kept in one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from webapp.settings.faults import BadSettings
from webapp.settings.variables import Settings


def private_folder(path: Path) -> Path:
    """Make a folder that only this user may enter, where there is none; BadSettings if it fails."""
    try:
        # One by one: `parents` would let everybody enter those above, such as the data folder.
        for folder in reversed([each for each in (path, *path.parents) if not each.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(exist_ok=True)  # says so where it is no folder
    except OSError as error:
        sentence = f"The folder {path} cannot be made: {error.strerror}. See OMNI_DATA_DIR."
        raise BadSettings(sentence) from None
    return path


def secret_key(settings: Settings) -> str:
    """What signs cookies: the setting, else 256 random bits that the first start keeps.

    BadSettings where other users could read the kept ones.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    private_folder(settings.data_dir)
    path = private_folder(settings.data_dir / "keys") / "secret_key"
    if not path.exists():
        _keep_new_key(path)
    if path.stat().st_mode & 0o077:
        raise BadSettings(f"Others can read {path}: delete it, or run chmod 600 on it.")
    return path.read_text(encoding="ascii")


def _keep_new_key(path: Path) -> None:
    """Write a new key whole, and only where no other process was faster."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
