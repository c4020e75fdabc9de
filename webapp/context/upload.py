"""What a user uploads of a project: a zip of it, or one of its files."""

from pathlib import PurePosixPath
from typing import BinaryIO

from webapp.context.archive import read_zip
from webapp.context.gitignore import GitIgnore
from webapp.context.names import check_name, project_name, quoted
from webapp.context.secrets import Masker
from webapp.context.sieve import Sieve
from webapp.context.taking import Taking
from webapp.domain.errors import BadUpload
from webapp.domain.project import Upload

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # of one with entries, and of an empty one


def read_upload(stream: BinaryIO, filename: str, *, masks: bool = True) -> Upload:
    """The project in a zip, or that of one text file of at most 2 MB.

    A zip has at most 50 MB with 5,000 entries and 200 MB unpacked. Secrets are masked, or with
    `masks` False only listed.

    Raises BadUpload for whatever is larger, damaged, not text, or made to do harm. The stream is
    not closed.
    """
    if filename.lower().endswith(".zip") or stream.read(4) in _ZIP_STARTS:
        return read_zip(stream, filename, masks=masks)
    return _read_file(stream, filename, masks=masks)


def _read_file(stream: BinaryIO, filename: str, *, masks: bool) -> Upload:
    path = PurePosixPath(filename).name
    check_name(path)
    taking = Taking(Sieve(GitIgnore()), Masker(masks))
    if taking.wants(path, stream.seek(0, 2)):
        stream.seek(0)
        taking.take(path, stream)
    if why := taking.left_out.get(path):
        raise BadUpload(f"The file {quoted(path)} is not taken: {why}.")
    return taking.upload(project_name(filename))
