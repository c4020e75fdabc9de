"""A zip that is sent while it is made."""

import io
from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

REGULAR_FILE = 0o100644 << 16


class _Outbox(io.RawIOBase):
    """Takes what `zipfile` writes and gives it away; it cannot seek, so nothing is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object, /) -> int:
        taken = bytes(memoryview(piece))  # type: ignore[arg-type]  # whatever has a buffer
        self._pieces.append(taken)
        return len(taken)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zip_stream(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of a zip of (path, content), in pieces.

    One entry is in memory at a time, besides 100 bytes an entry for the directory at the end.
    Equal entries make equal bytes: the times inside are always 1980-01-01.
    """
    outbox = _Outbox()
    with ZipFile(outbox, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in entries:
            entry = ZipInfo(path)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = REGULAR_FILE
            archive.writestr(entry, content)
            yield outbox.take()
    yield outbox.take()
