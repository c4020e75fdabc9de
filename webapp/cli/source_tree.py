"""Anybody's folders and files, as `omni check` reads them: no link is followed."""

import os
import stat
from collections.abc import Callable, Iterator

MAX_FILE_BYTES = 2_000_000
MAX_DEPTH = 50
# A pipe would wait for its other end: O_NONBLOCK opens it, and then it is seen to be one.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Unreadable(Exception):
    """Why there is no text to check, as the end of a sentence that begins with the name.

    `is_sure` says that this is not what a file of its name usually is: a fault, and no binary.
    """

    def __init__(self, why: str, *, is_sure: bool = False) -> None:
        super().__init__(why)
        self.is_sure = is_sure


def walk(
    top: str, is_wanted: Callable[[str], bool], unreadable: Callable[[str, Unreadable], None]
) -> Iterator[str]:
    """The paths of the wanted files below a folder, in order.

    Left out are the folders of tools and what a .gitignore below the top names; how many patterns
    that may hold is limited: raises BadUpload. `unreadable` is told of folders that cannot be
    looked into.
    """
    from webapp.context.gitignore import GitIgnore  # imports all that reads projects: 80 ms
    from webapp.context.sieve import Sieve

    gitignore = GitIgnore()
    sieve = Sieve(gitignore)

    def tell(error: OSError) -> None:
        unreadable(os.path.normpath(error.filename), _denied(error))

    for place, folders, names in os.walk(top, onerror=tell):
        inside = os.path.relpath(place, top)
        below = "" if inside == "." else f"{inside}/"
        if ".gitignore" in names:
            gitignore.add(below[:-1], _patterns(os.path.join(place, ".gitignore")))
        folders[:] = sorted(name for name in folders if not sieve.folder(below + name))
        if below.count("/") >= MAX_DEPTH:
            path = os.path.normpath(place)
            unreadable(path, Unreadable(f"lies more than {MAX_DEPTH} folders deep", is_sure=True))
            folders.clear()
        for name in sorted(names):
            path = os.path.normpath(os.path.join(place, name))
            if not is_wanted(path) or os.path.islink(path):
                continue
            if not gitignore.names(below + name, is_folder=False):
                yield path


def _patterns(path: str) -> str:
    try:
        return read_text(path)
    except Unreadable:
        return ""


def read_text(path: str) -> str:
    """The text of a plain file; raises Unreadable, for a link or one of more than 2 MB too."""
    try:
        with open(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable("is no file")
            return as_text(file.read(MAX_FILE_BYTES + 1))
    except OSError as error:
        raise _denied(error) from None


def as_text(content: bytes) -> str:
    """What was read, as text; raises Unreadable."""
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(f"has more than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8") from None


def _denied(error: OSError) -> Unreadable:
    return Unreadable(f"cannot be read: {str(error.strerror).lower()}", is_sure=True)
