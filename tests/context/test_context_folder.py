"""Folders of this machine."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.zips import APP, packed
from webapp.context import read_below, read_directory
from webapp.context.taking import MAX_ENTRIES
from webapp.domain.errors import BadUpload


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an application."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_bytes(APP)
    return folder


def test_a_folder_is_read_as_a_zip_of_it_is(project: Path) -> None:
    (project / "src" / "deep").mkdir(parents=True)
    (project / "src" / ".gitignore").write_text("*.log\n")
    (project / "src" / "deep" / "x.log").write_text("x")
    (project / "src" / "deep" / "x.py").write_text("x")
    (project / "node_modules").mkdir()
    (project / "node_modules" / "x.js").write_text("x")
    upload = read_directory(project)
    assert upload.name == "shop"
    assert [file.path for file in upload.files] == ["app.py", "src/.gitignore", "src/deep/x.py"]
    assert [(entry.path, entry.why) for entry in upload.left_out] == [
        ("node_modules/", "dependencies"),
        ("src/deep/x.log", "ignored by .gitignore"),
    ]


def test_no_link_is_followed(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (project / "file").symlink_to(tmp_path / "secret.txt")
    (project / "folder").symlink_to(tmp_path)
    upload = read_directory(project)
    assert [file.path for file in upload.files] == ["app.py"]
    assert {entry.path: entry.why for entry in upload.left_out} == {
        "file": "a symbolic link",
        "folder": "a symbolic link",
    }


def test_a_pipe_is_not_waited_for(project: Path) -> None:
    os.mkfifo(project / "pipe.py")
    assert [entry.why for entry in read_directory(project).left_out] == ["not a file"]


def test_the_given_folder_itself_may_be_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(project)
    assert read_directory(tmp_path / "current").name == "shop"


def test_a_folder_of_dependencies_is_not_counted(project: Path) -> None:
    (project / ".venv").mkdir()
    for number in range(MAX_ENTRIES):
        (project / ".venv" / f"{number}.py").touch()
    assert len(read_directory(project).files) == 1


def test_too_many_entries_are_refused(project: Path) -> None:
    for number in range(MAX_ENTRIES):
        (project / f"{number}.txt").touch()
    with pytest.raises(BadUpload, match="more than 5,000 entries"):
        read_directory(project)


def test_more_than_200_mb_are_not_read(project: Path) -> None:
    (project / "0.txt").write_bytes(b"0123456789" * 199_000)
    for number in range(1, 110):
        os.link(project / "0.txt", project / f"{number}.txt")
    with pytest.raises(BadUpload, match="more than 200 MB"):
        read_directory(project)


def test_a_zip_of_this_machine_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.zip"
    path.write_bytes(packed({"app.py": APP}).getvalue())
    assert read_directory(path).name == "shop"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere", "cannot be read: No such file"),
        ("pipe", "neither a folder nor a file"),
        ("odd.zip", "not a zip"),
        ("empty", "no text file"),
        ("odd", "backslash"),
        ("nul\0", "cannot be read"),
    ],
)
def test_what_is_no_project_is_refused_in_a_sentence(tmp_path: Path, name: str, why: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "odd.zip").write_text("hello")
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a\\b.py").touch()
    with pytest.raises(BadUpload) as caught:
        read_directory(tmp_path / name)
    assert why in caught.value.sentence
    assert caught.value.sentence.endswith(".")


def test_a_folder_too_deep_is_refused(project: Path) -> None:
    deep = project.joinpath(*"a" * 21)
    deep.mkdir(parents=True)
    (deep / "x.py").touch()
    with pytest.raises(BadUpload, match="20 folders deep"):
        read_directory(project)


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, ...]:
    """A folder that may be read, beside one that may not."""
    for name in ("allowed/shop", "secret"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "app.py").write_text(f"# {name}\n")
    return (tmp_path / "allowed",)


def test_a_folder_below_a_root_is_read(roots: tuple[Path, ...]) -> None:
    upload = read_below(roots, f"{roots[0]}/shop")
    assert (upload.name, upload.files[0].content) == ("shop", "# allowed/shop\n")


@pytest.mark.parametrize(
    "path", ["/etc", "{root}/../secret", "{root}-other", "shop", "", "{root}/link", "{root}/in/x",
             "{root}/nothing", "{root}/a\0b", "{root}/shop/app.py"],
)  # fmt: skip
def test_nothing_else_is_read_whatever_leads_there(roots: tuple[Path, ...], path: str) -> None:
    (roots[0] / "link").symlink_to(roots[0].parent / "secret")
    (roots[0] / "in").symlink_to("/usr")
    with pytest.raises(BadUpload) as refused:
        read_below(roots, path.replace("{root}", str(roots[0])))
    assert "secret\n" not in refused.value.sentence


def test_without_roots_no_folder_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadUpload, match="OMNI_PROJECT_ROOTS"):
        read_below((), str(tmp_path))


def test_a_folder_that_becomes_a_link_while_it_is_read_leads_nowhere(
    roots: tuple[Path, ...],
) -> None:
    shop, link, aside = roots[0] / "shop", roots[0] / "link", roots[0] / "aside"
    link.symlink_to(roots[0].parent / "secret")
    is_over = threading.Event()

    def flip() -> None:
        while not is_over.is_set():
            for source, target in ((shop, aside), (link, shop), (shop, link), (aside, shop)):
                source.rename(target)

    read: list[str] = []
    flipping = threading.Thread(target=flip)
    flipping.start()
    try:
        for _ in range(1000):
            with suppress(BadUpload):
                read += [file.content for file in read_below(roots, str(shop)).files]
    finally:
        is_over.set()
        flipping.join()
    assert set(read) == {"# allowed/shop\n"}
