"""A folder of this machine: no link is followed, and nothing but plain files is opened."""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from webapp.context.gitignore import GitIgnore
from webapp.context.names import Twins, check_name, project_name, quoted
from webapp.context.secrets import Masker
from webapp.context.sieve import Sieve
from webapp.context.taking import MAX_ENTRIES, Taking
from webapp.context.upload import read_upload
from webapp.domain.errors import BadUpload
from webapp.domain.project import Upload

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe would wait for its other end: O_NONBLOCK opens it, and then it is seen to be one.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_directory(path: Path, *, masks: bool = True) -> Upload:
    """The project in a folder of this machine, in a zip or of a file; with the limits of a zip.

    Secrets in it are masked, or with `masks` False only listed.

    Raises BadUpload, also where there is nothing at this path.
    """
    try:
        if path.is_dir():
            return _read_folder(path.resolve(), masks=masks)
        if path.exists() and not path.is_file():
            raise BadUpload(f"{path} is neither a folder nor a file.")
        with path.open("rb") as stream:
            return read_upload(stream, path.name, masks=masks)
    except (OSError, ValueError) as error:  # ValueError for a NUL in the path
        why = error.strerror if isinstance(error, OSError) else "there is no such name"
        raise BadUpload(f"{quoted(str(path))} cannot be read: {why}.") from None


def read_below(roots: Sequence[Path], path: str, *, masks: bool = True) -> Upload:
    """The project in a folder that lies in one of the roots, or is one.

    No link on the way to it is followed, so it cannot lead out of there. Raises BadUpload.
    """
    wanted = Path(os.path.normpath(path))
    root = next((each for each in roots if wanted.is_relative_to(each)), None)
    if root is None or not wanted.is_absolute():
        raise BadUpload(f"{quoted(path)} is not within a folder that OMNI_PROJECT_ROOTS names.")
    try:
        with ExitStack() as opened:
            # The root itself may be a link: whoever runs this has named it.
            folder = opened.enter_context(_opened(str(root), _FOLDER & ~os.O_NOFOLLOW, None))
            for part in wanted.relative_to(root).parts:
                folder = opened.enter_context(_opened(part, _FOLDER, folder))
            return _read_open(folder, wanted.name, masks=masks)
    except (OSError, ValueError) as error:  # ValueError for a NUL in the path
        why = error.strerror if isinstance(error, OSError) else "there is no such name"
        raise BadUpload(f"{quoted(path)} cannot be read: {why}.") from None


def _read_folder(root: Path, *, masks: bool) -> Upload:
    with _opened(str(root), _FOLDER, None) as top:
        return _read_open(top, root.name, masks=masks)


def _read_open(folder: int, name: str, *, masks: bool) -> Upload:
    gitignore = GitIgnore()
    walk = _Walk(Taking(Sieve(gitignore), Masker(masks)), gitignore)
    walk.folder(folder, "")
    return walk.taking.upload(project_name(name))


@dataclass(slots=True)
class _Walk:
    """One way through a folder, from the top down, at most 20 folders deep."""

    taking: Taking
    gitignore: GitIgnore
    entries: int = 0
    twins: Twins = field(default_factory=Twins)

    def folder(self, descriptor: int, folder: str) -> None:
        """Take what lies in an open folder; `folder` ends with a slash unless it is the top."""
        with os.scandir(descriptor) as scan:
            found = list(islice(scan, MAX_ENTRIES + 1))
        self.entries += len(found)
        if self.entries > MAX_ENTRIES:
            raise BadUpload(
                f"The folder has more than {MAX_ENTRIES:,} entries: give that of the application, "
                "or let a .gitignore leave out what is not source."
            )
        # What a .gitignore says has to be known before anything beside it is looked at.
        for entry in sorted(found, key=lambda entry: (entry.name != ".gitignore", entry.name)):
            path = folder + unicodedata.normalize("NFC", entry.name)
            check_name(path)
            try:
                self._entry(entry, descriptor, path)
            except OSError:
                self.taking.left_out[path] = "cannot be read"

    def _entry(self, entry: os.DirEntry[str], descriptor: int, path: str) -> None:
        if entry.is_symlink():
            self.taking.left_out[path] = "a symbolic link"
        elif entry.is_dir(follow_symlinks=False):
            if self.taking.wants_folder(path):
                with _opened(entry.name, _FOLDER, descriptor) as opened:
                    self.folder(opened, f"{path}/")
        elif entry.is_file(follow_symlinks=False):
            self._file(entry, descriptor, path)
        else:
            self.taking.left_out[path] = "not a file"

    def _file(self, entry: os.DirEntry[str], descriptor: int, path: str) -> None:
        if not self.taking.wants(path, entry.stat(follow_symlinks=False).st_size):
            return
        self.twins.add(path)
        with _opened(entry.name, _FILE, descriptor) as opened:
            # It may have been changed since it was listed.
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                self.taking.left_out[path] = "not a file"
                return
            with open(opened, "rb", closefd=False) as stream:
                self.taking.take(path, stream)
        taken = self.taking.files[-1:]
        if entry.name == ".gitignore" and taken and taken[0].path == path:
            self.gitignore.add(path.rpartition("/")[0], taken[0].content)


@contextmanager
def _opened(name: str, flags: int, folder: int | None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
