"""What of a project is taken: text files, counted while they are read."""

from dataclasses import dataclass, field
from typing import BinaryIO

from webapp.context.facts import find_applications
from webapp.context.names import check_depth
from webapp.context.secrets import MOST_FOUND, PRIVATE_KEY, Masker
from webapp.context.sieve import MAX_FILE_BYTES, Sieve, too_large
from webapp.domain.errors import BadUpload
from webapp.domain.project import (
    Application,
    Fact,
    FactName,
    Facts,
    LeftOut,
    ProjectFile,
    Upload,
    estimate_tokens,
)

MAX_ENTRIES = 5000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_TEXT_BYTES = 50 * 1024 * 1024  # is held in memory until it is stored
CHUNK_BYTES = 64 * 1024
UPLOAD = "upload"  # the path of what only the upload itself says


@dataclass(slots=True)
class Taking:
    """Takes the files of one project, one by one; raises BadUpload once they are too much."""

    sieve: Sieve
    masker: Masker = field(default_factory=Masker)
    files: list[ProjectFile] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    read_bytes: int = 0
    text_bytes: int = 0

    def wants(self, path: str, size: int) -> bool:
        """Whether a file is to be read; else it, or the folder it lies in, is listed with why."""
        if not self.wants_folder(path.rpartition("/")[0]):
            return False
        if why := self.sieve.file(path, size):
            self.left_out[path] = why
        return not why

    def wants_folder(self, path: str) -> bool:
        """Whether a folder is to be looked into; else the topmost left out is listed with why."""
        if left_out := self.sieve.folder(path):
            self.left_out[f"{left_out[0]}/"] = left_out[1]
            return False
        check_depth(path)
        return True

    def take(self, path: str, stream: BinaryIO) -> None:
        """Read a file and take it if it is text."""
        content = self.read(stream)
        text = None if content is None else _text(content)
        if content is not None and len(content) > MAX_FILE_BYTES:
            self.left_out[path] = too_large()
        elif text is None:
            self.left_out[path] = "not text in UTF-8"
        elif PRIVATE_KEY.search(text):
            self.left_out[path] = "holds a private key"
        elif self.text_bytes + len(content or b"") > MAX_TEXT_BYTES:
            self.left_out[path] = f"past {MAX_TEXT_BYTES >> 20} MB of text"
        else:
            self.text_bytes += len(content or b"")
            self._keep(path, self.masker.masked(path, text))

    def _keep(self, path: str, masked: str | None) -> None:
        if masked is None:
            self.left_out[path] = f"holds more than {MOST_FOUND} secrets"
        else:
            self.files.append(ProjectFile(path, masked, estimate_tokens(masked)))

    def _masked_again(self, file: ProjectFile) -> ProjectFile:
        text = self.masker.masked_again(file.path, file.content)
        return file if text == file.content else ProjectFile(file.path, text, estimate_tokens(text))

    def read(self, stream: BinaryIO) -> bytes | None:
        """At most a bit more than a file may have; None as soon as it cannot be text."""
        content = bytearray()
        while len(content) <= MAX_FILE_BYTES and (chunk := stream.read(CHUNK_BYTES)):
            self.read_bytes += len(chunk)
            if self.read_bytes > MAX_UNPACKED_BYTES:
                raise too_much()
            if b"\0" in chunk:
                return None
            content += chunk
        return bytes(content)

    def upload(self, name: str) -> Upload:
        """What the project came to; raises BadUpload if nothing could be taken."""
        if not self.files:
            raise BadUpload("There is no text file in this project that could be taken.")
        files = tuple(sorted(map(self._masked_again, self.files), key=lambda file: file.path))
        left_out = tuple(LeftOut(path, why) for path, why in sorted(self.left_out.items()))
        applications = tuple(_named(each, name) for each in find_applications(files))
        masks = tuple(sorted(self.masker.found, key=lambda mask: (mask.path, mask.line)))
        return Upload(name, files, left_out, applications, masks)


def _named(application: Application, upload: str) -> Application:
    """The application, called by its folder or its upload where it gives itself no name."""
    folder, facts = application.folder, application.facts
    if facts.value(FactName.NAME):
        return application
    name = folder.rpartition("/")[2] or upload
    return Application(folder, Facts((*facts.found, Fact(FactName.NAME, name, UPLOAD, 1))))


def too_much() -> BadUpload:
    """The refusal of a project that is too large once unpacked."""
    return BadUpload(
        f"Unpacked, this project has more than {MAX_UNPACKED_BYTES >> 20} MB: leave out what is "
        "not source."
    )


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
