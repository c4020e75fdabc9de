"""Zips from friends and from enemies."""

import io
import random
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import BinaryIO, cast

import pytest

from tests.zips import APP, packed, raw, with_entry
from webapp.context import read_upload
from webapp.domain.errors import BadUpload
from webapp.domain.project import FactName, LeftOut, Upload

ZEROS = bytes(3_000_000)


def read(stream: BinaryIO, filename: str = "shop.zip") -> Upload:
    return read_upload(stream, filename)


def paths(upload: Upload) -> list[str]:
    return [file.path for file in upload.files]


def refusal(stream: BinaryIO) -> str:
    with pytest.raises(BadUpload) as caught:
        read(stream)
    return caught.value.sentence


def many(number: int) -> io.BytesIO:
    return packed({f"f{n}.txt": b"x" for n in range(number)}, zipfile.ZIP_STORED)


def odd_method(method: int) -> io.BytesIO:
    return packed({"app.py": APP}, method)


def cut(stream: io.BytesIO, keep: float) -> io.BytesIO:
    content = stream.getvalue()
    return io.BytesIO(content[: int(len(content) * keep)])


def flipped(stream: io.BytesIO) -> io.BytesIO:
    content = bytearray(stream.getvalue())
    content[45] ^= 0xFF
    return io.BytesIO(bytes(content))


def renamed(stream: io.BytesIO) -> io.BytesIO:
    """A zip of a.py with another name in front of its content than in the list of entries."""
    return io.BytesIO(stream.getvalue().replace(b"a.py", b"b.py", 1))


def zip64(size: int) -> io.BytesIO:
    """One entry whose true sizes stand in the 64-bit field."""
    stream = packed({"app.py": APP}, zipfile.ZIP_STORED)
    content = bytearray(stream.getvalue())
    start = content.index(b"PK\x01\x02")
    extra = b"\x01\x00\x10\x00" + size.to_bytes(8, "little") * 2
    content[start + 20 : start + 28] = b"\xff" * 8
    content[start + 30 : start + 32] = len(extra).to_bytes(2, "little")
    name_end = start + 46 + len("app.py")
    content[name_end:name_end] = extra
    end = content.index(b"PK\x05\x06")
    content[end + 12 : end + 16] = (end - start).to_bytes(4, "little")
    return io.BytesIO(bytes(content))


HOSTILE: dict[str, tuple[Callable[[], BinaryIO], str]] = {
    "no zip": (lambda: io.BytesIO(b"hello"), "not a zip"),
    "empty stream": (lambda: io.BytesIO(b""), "not a zip"),
    "a zip without files": (lambda: packed({}), "no text file"),
    "only the first bytes": (lambda: io.BytesIO(b"PK\x03\x04"), "not a zip"),
    "cut off": (lambda: cut(packed({"app.py": APP}), 0.5), "damaged"),
    "a flipped bit": (lambda: flipped(packed({"app.py": APP})), "damaged"),
    "absolute": (lambda: with_entry("/etc/passwd"), "not relative"),
    "out of the folder": (lambda: with_entry("../evil.py"), "“..”"),
    "out in the middle": (lambda: with_entry("a/../../evil.py"), "“..”"),
    "only dots": (lambda: with_entry(".."), "“..”"),
    "an empty part": (lambda: with_entry("a//b.py"), "empty part"),
    "a dot as a part": (lambda: with_entry("./b.py"), "empty part"),
    "backslash": (lambda: with_entry("a\\b.py"), "backslash"),
    "network path": (lambda: with_entry("\\\\host\\b.py"), "backslash"),
    "drive": (lambda: with_entry("C:/b.py"), "not relative"),
    "drive without slash": (lambda: with_entry("c:b.py"), "not relative"),
    "NUL": (lambda: with_entry("a.py\0.png"), "control character"),
    "line break": (lambda: with_entry("a\nb.py"), "control character"),
    "escape": (lambda: with_entry("a\x1b[2J.py"), "control character"),
    "turned name": (lambda: with_entry("a\u202egnp.py"), "direction of writing"),
    "turned by a mark": (lambda: with_entry("a\u2067b.py"), "direction of writing"),
    "long name": (lambda: with_entry("a" * 300), "255 bytes"),
    "long path": (lambda: with_entry("a/" * 600 + "b"), "1,000 characters"),
    "deep": (lambda: with_entry("a/" * 21 + "b.py"), "20 folders deep"),
    "twice": (lambda: raw(("a.py", b"1"), ("a.py", b"2")), "there twice"),
    "twice but for capitals": (lambda: packed({"a.py": b"1", "A.PY": b"2"}), "there twice"),
    "twice but for composition": (
        lambda: packed({"caf\u00e9.py": b"1", "cafe\u0301.py": b"2"}),
        "there twice",
    ),
    "a file as a folder": (lambda: packed({"a": b"1", "a/b.py": b"2"}), "both a file and"),
    "symbolic link": (lambda: with_entry("l.py", b"/etc/passwd", mode=0o120777), "symbolic link"),
    "link as .gitignore": (lambda: with_entry(".gitignore", b"app.py", mode=0o120777), "symbolic"),
    "device": (lambda: with_entry("null.py", mode=0o020666), "device"),
    "pipe": (lambda: with_entry("pipe.py", mode=0o010644), "device"),
    "setuid": (lambda: with_entry("su.py", mode=0o104755), "rights of another"),
    "setgid": (lambda: with_entry("sg.py", mode=0o102755), "rights of another"),
    "encrypted": (lambda: raw(("a.py", APP), flags=1), "encrypted"),
    "bzip2": (lambda: odd_method(zipfile.ZIP_BZIP2), "unusual way"),
    "lzma": (lambda: odd_method(zipfile.ZIP_LZMA), "unusual way"),
    "unknown method": (lambda: raw(("a.py", APP), method=99), "unusual way"),
    "bomb": (lambda: packed({"zeros.py": b"\n" * 1_900_000}), "bomb"),
    "many bombs": (lambda: packed({f"z{n}.bin": ZEROS for n in range(70)}), "more than 200 MB"),
    "declared too large": (lambda: raw(("a.py", APP), unpacked_bytes=4_000_000_000), "200 MB"),
    "declared too large in 64 bits": (lambda: zip64(1 << 50), "200 MB|overlap"),
    "declared too small": (lambda: raw(("a.py", APP), unpacked_bytes=10), "damaged"),
    "declared packed over the end": (lambda: raw(("a.py", APP), packed_bytes=5000), "overlap"),
    "a wrong checksum": (lambda: raw(("a.py", APP), checksum=1), "damaged"),
    "two entries on one place": (
        lambda: raw(("a.py", APP), ("a.py2", APP), offsets=(0, 0)),
        "overlap",
    ),
    "an entry inside another": (
        lambda: raw(("a.py", APP), ("b.py", APP), offsets=(0, 20)),
        "overlap",
    ),
    "offset past the end": (lambda: raw(("a.py", APP), offsets=(10_000,)), "overlap"),
    "another name inside": (lambda: renamed(packed({"a.py": APP})), "damaged"),
    "10,000 entries": (lambda: many(10_000), "5,000 entries"),
    "5,001 entries": (lambda: many(5001), "5,000 entries"),
    "a count that lies": (
        lambda: raw(*((f"{n}.py", b"") for n in range(6000)), count=1, method=0),
        "5,000 entries",
    ),
    "too long a list of entries": (
        lambda: raw(*((f"{n}" + "a" * 900, b"") for n in range(4900)), method=0),
        "5,000 entries",
    ),
    "only secrets": (lambda: packed({".env": b"KEY=1"}), "no text file"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_by_name(name: str) -> None:
    make, why = HOSTILE[name]
    sentence = refusal(make())
    assert any(part in sentence for part in why.split("|")), sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()


def test_the_files_are_taken_by_path_with_their_facts() -> None:
    upload = read(packed({"b.txt": "text\n", "app.py": APP}))
    assert (upload.name, paths(upload)) == ("shop", ["app.py", "b.txt"])
    assert [file.tokens for file in upload.files] == [14, 2]
    assert upload.applications[0].facts.value(FactName.ENTRY) == "app:app"


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("C:\\fakepath\\My Shop.ZIP", "My Shop"),
        ("shop-main.zip", "shop-main"),
        ("../\u202ea\n.zip", "a"),
        (".zip", "project"),
        ("x" * 5000, "x" * 100),
    ],
)
def test_a_project_is_called_by_its_file(filename: str, name: str) -> None:
    assert read(packed({"app.py": APP}), filename).name == name


def test_a_top_folder_of_all_is_taken_away() -> None:
    files: dict[str, bytes | str] = {
        "shop-main/": b"",
        "shop-main/app.py": APP,
        "shop-main/src/a.py": "",
        "__MACOSX/._a": b"\0",
    }
    upload = read(packed(files))
    assert paths(upload) == ["app.py", "src/a.py"]
    assert upload.left_out == (LeftOut("__MACOSX/", "made by an editor or a system"),)


def test_two_top_folders_stay() -> None:
    assert paths(read(packed({"a/x.py": "", "b/x.py": ""}))) == ["a/x.py", "b/x.py"]


def test_what_is_left_out_says_why() -> None:
    files: dict[str, bytes | str] = {
        "app.py": APP,
        ".gitignore": "*.log\n/data/\n",
        ".env": "KEY=1",
        ".env.example": "KEY=",
        "a/debug.log": "x",
        "data/1.txt": "x",
        "data/2.txt": "x",
        "node_modules/a/.gitignore": "*",
        "node_modules/a/index.js": "x",
        "a/.venv/bin/python": "x",
        "id_rsa": "x",
        "keys.txt": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "deep.zip": "x",
        "latin.txt": "caf\u00e9".encode("latin-1"),
        "photo.png": b"\x89PNG",
        "zeros.txt": b"a\0b",
        "large.txt": "abcdefgh\n" * 250_000 + "end",
    }
    upload = read(packed(files, zipfile.ZIP_STORED))
    assert paths(upload) == [".env.example", ".gitignore", "app.py"]
    assert {entry.path: entry.why for entry in upload.left_out} == {
        ".env": "may hold secrets",
        "a/.venv/": "dependencies",
        "a/debug.log": "ignored by .gitignore",
        "data/": "ignored by .gitignore",
        "deep.zip": "an archive",
        "id_rsa": "may hold secrets",
        "keys.txt": "holds a private key",
        "large.txt": "larger than 2 MB",
        "latin.txt": "not text in UTF-8",
        "node_modules/": "dependencies",
        "photo.png": "not text in UTF-8",
        "zeros.txt": "not text in UTF-8",
    }


def test_links_in_a_folder_of_dependencies_do_no_harm() -> None:
    upload = read(with_entry(".venv/bin/python", b"/usr/bin/python", mode=0o120777))
    assert paths(upload) == ["app.py"]


def test_small_files_may_be_as_repetitive_as_they_like() -> None:
    assert len(read(packed({"a.txt": b"\n" * 900_000})).files) == 1


def test_a_zip_with_64_bit_sizes_is_read() -> None:
    assert paths(read(zip64(len(APP)))) == ["app.py"]


def test_a_mark_of_byte_order_is_no_part_of_a_text() -> None:
    assert read(packed({"a.txt": b"\xef\xbb\xbfhello"})).files[0].content == "hello"


def test_past_50_mb_of_text_files_are_left_out() -> None:
    text = random.Random(1).randbytes(20_000).hex() * 49
    upload = read(packed({f"{n:02}.txt": text for n in range(28)}))
    assert len(upload.files) == 26
    assert {entry.why for entry in upload.left_out} == {"past 50 MB of text"}


def test_a_zip_of_more_than_50_mb_is_not_even_opened() -> None:
    with tempfile.TemporaryFile() as stream:
        stream.truncate(51 << 20)
        assert "more than 50 MB" in refusal(cast(BinaryIO, stream))


@pytest.mark.parametrize("name", ["10,000 entries", "many bombs", "a count that lies"])
def test_a_refusal_needs_little_memory(name: str) -> None:
    stream = HOSTILE[name][0]()
    tracemalloc.start()
    refusal(stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
