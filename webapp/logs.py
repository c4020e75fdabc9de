"""Logging: one line an event, with the ids it belongs to and without any secret.

Several processes write the same file. Each line is one `write` to a file opened for appending, so
lines never mix; who finds the file too long renames it under a lock, and the others notice by its
inode. A process that renamed nothing may put one last line into the renamed file: none is lost.
"""

import fcntl
import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import quote

from webapp.settings import Settings, private_folder

LARGEST_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5  # besides the current one
SHORTEST_SECRET = 4  # "none" and "x" are what people write for servers that want no key
MASK = "•••"
OURS = ("webapp", "gunicorn.error")

_ids: ContextVar[dict[str, str]] = ContextVar("ids")
# Line breaks and what else moves a terminal's cursor or hides text: controls, U+2028, bidi marks.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@contextmanager
def bind(
    *, request_id: str | None = None, batch_id: str | None = None, job_id: str | None = None
) -> Iterator[None]:
    """Name what the lines logged inside belong to; what is not given stays as it is."""
    given = {"request_id": request_id, "batch_id": batch_id, "job_id": job_id}
    token = _ids.set(_ids.get({}) | {name: text for name, text in given.items() if text})
    try:
        yield
    finally:
        _ids.reset(token)


def configure(settings: Settings) -> None:
    """Send the log of this process to stderr and to `DATA_DIR/log/omni.log`.

    Only our own loggers and gunicorn's follow `LOG_LEVEL`: other libraries say URLs and headers at
    debug, so of them only warnings are heard.
    """
    folder = private_folder(settings.data_dir / "log")
    formatter = Formatter(settings.secrets, as_json=settings.log_format == "json")
    handlers = [logging.StreamHandler(sys.stderr), SharedFile(folder / "omni.log")]
    for handler in handlers:
        handler.setFormatter(formatter)
    # By force: gunicorn configures once more when it is told to reload.
    logging.basicConfig(handlers=handlers, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level.upper())


class Formatter(logging.Formatter):
    """One line an event, as text or as one JSON object; secrets are masked wherever they stand."""

    def __init__(self, secrets: Sequence[str], *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._secret = _secret_pattern(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, without its line end."""
        fields = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": str(record.process),
            **_ids.get({}),
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        masked = {name: self._masked(text) for name, text in fields.items()}
        if self._as_json:
            return json.dumps(masked)
        return _UNPRINTABLE.sub(_escaped, _text(masked))

    def _masked(self, text: str) -> str:
        return self._secret.sub(MASK, text) if self._secret else text


class SharedFile(logging.Handler):
    """A file that many processes append to; once it is long it is renamed, and old ones go."""

    def __init__(
        self, path: Path, largest_bytes: int = LARGEST_BYTES, kept_files: int = KEPT_FILES
    ) -> None:
        super().__init__()
        self._path = path
        self._largest_bytes = largest_bytes
        self._kept_files = kept_files
        self._fd = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line. On a full disk it is lost here; stderr has it all the same."""
        with suppress(OSError):
            self._follow()
            os.write(self._fd, (self.format(record) + "\n").encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
        super().close()

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _follow(self) -> None:
        """Write on in the current file, renaming it first where it is long enough."""
        if _size(self._path) >= self._largest_bytes:
            self._rename()
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(self._path), os.fstat(self._fd)):
                return
        previous, self._fd = self._fd, self._open()
        os.close(previous)

    def _rename(self) -> None:
        with self._path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _size(self._path) < self._largest_bytes:
                return  # another process has done it meanwhile
            for number in range(self._kept_files, 0, -1):
                source = _numbered(self._path, number - 1)
                with suppress(FileNotFoundError):
                    source.replace(_numbered(self._path, number))


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _secret_pattern(secrets: Sequence[str]) -> re.Pattern[str] | None:
    """What to look for: each secret as it is, in a URL, and inside quotes of JSON or Python."""
    forms = {
        form
        for secret in secrets
        if len(secret) >= SHORTEST_SECRET
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1])
    }
    # The longest first: a secret may begin like another.
    ordered = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _utc(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def _text(fields: dict[str, str]) -> str:
    names = {"request_id": "request", "batch_id": "batch", "job_id": "job"}
    ids = [f"{names[name]}={fields[name]}" for name in names if name in fields]
    words = [
        fields["time"],
        fields["level"].upper(),
        f"{fields['logger']}[{fields['pid']}]",
        *ids,
        fields["message"],
    ]
    if "exception" in fields:
        words.append(f"| {fields['exception']}")
    return " ".join(words)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
