"""The files of `static/`: read and packed once at start, kept by browsers for good."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.web.compression import LEAST_BYTES, is_text

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file; `packed` is None where packing gains nothing."""

    content: bytes
    packed: bytes | None
    mimetype: str
    digest: str


class StaticFiles:
    """A folder as it stood at the start of the process."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}

    def url(self, name: str) -> str:
        """The address of a file, which changes with its content; KeyError if there is none."""
        return f"/static/{name}?v={self._files[name].digest}"

    def answer(self, name: str) -> AnyResponse:
        """The file; 404 if there is none, 304 if the client has it already."""
        file = self._files.get(name) or abort(404)
        response = Response(file.content, mimetype=file.mimetype)
        if file.packed:
            response.vary.add("Accept-Encoding")
            if request.accept_encodings["gzip"]:
                response.set_data(file.packed)
                response.content_encoding = "gzip"
        # An address with an old digest gets the new file, but must ask again the next time.
        is_current = request.args.get("v") == file.digest
        response.headers["Cache-Control"] = FOREVER if is_current else "no-cache"
        response.set_etag(file.digest)
        return response.make_conditional(request)


def install(app: Flask, folder: Path) -> StaticFiles:
    """Serve a folder under `/static/`; templates get `static_url(name)`."""
    files = StaticFiles(folder)
    app.add_url_rule("/static/<path:name>", "static_file", files.answer)
    app.add_template_global(files.url, "static_url")
    return files


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "text/plain"
    packed = gzip.compress(content, 9, mtime=0) if len(content) >= LEAST_BYTES else None
    digest = hashlib.sha256(content).hexdigest()[:16]
    return StaticFile(content, packed if is_text(mimetype) else None, mimetype, digest)
