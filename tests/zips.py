"""Zips made by hand, also such as no packer makes."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

APP = b"from flask import Flask\n\napp = Flask(__name__)\n"


def packed(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A good zip of these files; their names may be anything."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(entry(name, method=method), content)
    stream.seek(0)
    return stream


def entry(
    name: str, *, mode: int = 0o100644, method: int = zipfile.ZIP_DEFLATED
) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def with_entry(name: str, content: bytes = b"x", *, mode: int = 0o100644) -> io.BytesIO:
    """A good application and one more entry."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", APP)
        archive.writestr(entry(name, mode=mode), content)
    stream.seek(0)
    return stream


def raw(
    *entries: tuple[str, bytes],
    packed_bytes: int | None = None,
    unpacked_bytes: int | None = None,
    flags: int = 0,
    method: int = 8,
    checksum: int | None = None,
    offsets: tuple[int, ...] = (),
    count: int | None = None,
) -> io.BytesIO:
    """A zip in which what is given is written down instead of what is true.

    `offsets` say where the list of entries sends its reader.
    """
    body, directory = bytearray(), bytearray()
    for number, (name, content) in enumerate(entries):
        data = _deflated(content) if method == 8 else content
        crc = zlib.crc32(content) if checksum is None else checksum
        sizes = (
            len(data) if packed_bytes is None else packed_bytes,
            len(content) if unpacked_bytes is None else unpacked_bytes,
        )
        place = offsets[number] if number < len(offsets) else len(body)
        shared = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, crc, *sizes, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + shared
        directory += struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, place) + name.encode()
        body += b"PK\x03\x04" + shared + name.encode() + data
    total = len(entries) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, total, total, len(directory), len(body), 0)
    return io.BytesIO(body + directory + b"PK\x05\x06" + end)


def _deflated(content: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(content) + squeezer.flush()
