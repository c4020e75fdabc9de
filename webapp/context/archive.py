"""A zip from anybody, read as a stream: nothing is written, nothing is held that is not taken."""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from webapp.context.gitignore import GitIgnore
from webapp.context.names import (
    MAX_PATH_CHARS,
    Twins,
    check_name,
    project_name,
    quoted,
)
from webapp.context.secrets import Masker
from webapp.context.sieve import Sieve, is_tool_folder
from webapp.context.taking import MAX_ENTRIES, MAX_UNPACKED_BYTES, Taking, too_much
from webapp.domain.errors import BadUpload
from webapp.domain.project import Upload

MAX_BYTES = 50 * 1024 * 1024
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024  # the list of entries: 800 bytes each
MAX_RATIO = 100
SMALL_BYTES = 1024 * 1024  # what is smaller may be as repetitive as it likes
_LOCAL_HEADER_BYTES = 30
_IS_ENCRYPTED = 0x1
# What zipfile and zlib raise on damaged input; OverflowError and ValueError are for odd offsets.
_DAMAGE = (
    *(BadZipFile, LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError),
    *(OverflowError, OSError, struct.error, zlib.error),
)


def read_zip(stream: BinaryIO, filename: str, *, masks: bool = True) -> Upload:
    """The project in a zip, at most 50 MB with 5,000 entries and 200 MB unpacked.

    Secrets in it are masked, or with `masks` False only listed.

    Raises BadUpload for whatever is larger, damaged, or made to do harm. The stream is not closed.
    """
    if stream.seek(0, 2) > MAX_BYTES:
        raise BadUpload(
            f"The zip has more than {MAX_BYTES >> 20} MB: leave out what is not source."
        )
    with _damage_refused(), ZipFile(cast(BinaryIO, _Bounded(stream))) as archive:
        return _read(archive, masks=masks).upload(project_name(filename))


class _Bounded:
    """A stream that refuses to be read in one piece larger than any list of entries may be.

    zipfile takes the length of that list from the file, and makes objects of all there is in it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.seek = stream.seek
        self.tell = stream.tell
        self._stream = stream

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise _too_many_entries()
        return self._stream.read(size)


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except _DAMAGE:
        raise BadUpload("This is not a zip, or it is damaged: pack the project anew.") from None


def _read(archive: ZipFile, *, masks: bool) -> Taking:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _too_many_entries()
    _check_overlap(infos, archive.start_dir)
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise too_much()
    entries = _entries(infos)
    gitignore, twins = GitIgnore(), Twins()
    taking = Taking(Sieve(gitignore), Masker(masks))
    for path, info in _gitignores(entries):
        if content := taking.read(_opened(archive, info)):
            gitignore.add(path.rpartition("/")[0], content.decode("utf-8-sig", "replace"))
    for path, info in entries.items():
        if taking.wants(path, info.file_size):
            twins.add(path)
            taking.take(path, _opened(archive, info))
    return taking


def _too_many_entries() -> BadUpload:
    return BadUpload(
        f"The zip has more than {MAX_ENTRIES:,} entries: leave out node_modules, .venv, .git and "
        "the like."
    )


def _check_overlap(infos: Sequence[ZipInfo], end: int) -> None:
    """Refuse entries that share bytes: a few MB of them could unpack to anything."""
    placed = sorted(infos, key=lambda info: info.header_offset)
    starts = [info.header_offset for info in placed] + [end]
    ends = [
        info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        for info in placed
    ]
    if starts[0] < 0 or any(taken > start for taken, start in zip(ends, starts[1:], strict=True)):
        raise BadUpload("Entries of the zip overlap, as no packer makes them: pack it anew.")


def _entries(infos: Sequence[ZipInfo]) -> dict[str, ZipInfo]:
    """The files among the entries by their paths, in order, without a top folder of all."""
    named: dict[str, ZipInfo] = {}
    for info in infos:
        # zipfile cuts names at a NUL: the name before that is the one to be judged.
        name = unicodedata.normalize("NFC", info.orig_filename[: 2 * MAX_PATH_CHARS])
        check_name(name.removesuffix("/"))
        if name in named:
            raise BadUpload(f"The entry {quoted(name)} is there twice: remove one.")
        if not name.endswith("/"):
            named[name] = info
    top = _common_top(named)
    return {name.removeprefix(top): named[name] for name in sorted(named)}


def _common_top(names: Iterable[str]) -> str:
    """The folder in which all files lie, with its slash; empty if there is no such folder."""
    own = [name for name in names if not name.startswith("__MACOSX/")]
    tops = {name.partition("/")[0] for name in own}
    top = tops.pop() if len(tops) == 1 else ""
    return "" if top in ("", *own) or is_tool_folder(top) else f"{top}/"


def _gitignores(entries: Mapping[str, ZipInfo]) -> list[tuple[str, ZipInfo]]:
    """Those of the project itself, from the top down."""
    found = [
        (path, info)
        for path, info in entries.items()
        if path.rpartition("/")[2] == ".gitignore" and not any(map(is_tool_folder, path.split("/")))
    ]
    return sorted(found, key=lambda entry: entry[0].count("/"))


def _opened(archive: ZipFile, info: ZipInfo) -> BinaryIO:
    """An entry, once it is known to be a plain file that does not blow up."""
    mode = info.external_attr >> 16
    if why := _why_refused(info, mode):
        raise BadUpload(f"The entry {quoted(info.orig_filename)} is refused: {why}.")
    return cast(BinaryIO, archive.open(info))


def _why_refused(info: ZipInfo, mode: int) -> str | None:
    if stat.S_ISLNK(mode):
        return "it is a symbolic link, and a zip may hold files only"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a device or another special file"
    if mode & (stat.S_ISUID | stat.S_ISGID):
        return "it asks for the rights of another user"
    if info.flag_bits & _IS_ENCRYPTED:
        return "it is encrypted: pack the project without a password"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "it is compressed in an unusual way: pack it with “deflate”"
    if info.file_size > max(SMALL_BYTES, MAX_RATIO * info.compress_size):
        return f"it is packed more than {MAX_RATIO} to 1, as only a zip bomb is"
    return None
