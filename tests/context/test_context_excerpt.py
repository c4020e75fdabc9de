"""Of a lock file only the lines about direct dependencies are sent."""

import pytest

from webapp.context.excerpt import MOST_BYTES
from webapp.context.select import Chooser
from webapp.domain.project import ProjectFile, estimate_tokens

NPM = """\
{
  "name": "shop",
  "packages": {
    "node_modules/accepts": {
      "version": "1.3.8",
      "integrity": "sha512-x"
    },
    "node_modules/express": {
      "version": "4.21.2",
      "integrity": "sha512-y"
    }
  }
}
"""
POETRY = """\
[[package]]
name = "blinker"
version = "1.9.0"

[[package]]
name = "flask"
version = "3.1.0"
description = "A framework."
"""
YARN = (
    '"accepts@~1.3.8":\n  version "1.3.8"\n\nexpress@^4.21:\n  version "4.21.2"\n  resolved "x"\n'
)
GEMS = "GEM\n  specs:\n    rack (3.1.8)\n    rails (8.0.1)\n      rack (>= 2)\n"
CASES = {
    "package-lock.json": (
        NPM,
        ("package.json", '{"dependencies": {"express": "^4"}}'),
        '    "node_modules/express": {\n      "version": "4.21.2",\n',
    ),
    "poetry.lock": (
        POETRY,
        ("pyproject.toml", '[tool.poetry.dependencies]\nflask = "^3"\n'),
        'name = "flask"\nversion = "3.1.0"\n',
    ),
    "yarn.lock": (
        YARN,
        ("package.json", '{"dependencies": {"express": "^4"}}'),
        'express@^4.21:\n  version "4.21.2"\n',
    ),
    "Gemfile.lock": (GEMS, ("Gemfile", 'gem "rails"\n'), "    rails (8.0.1)\n"),
    "go.sum": (
        "github.com/a/b v1.2.3 h1:x=\ngithub.com/c/d v0.1.0 h1:y=\n",
        ("go.mod", "require github.com/a/b v1.2.3\n"),
        "github.com/a/b v1.2.3 h1:x=\n",
    ),
}


def sent(*files: tuple[str, str], asked: str) -> ProjectFile:
    listed = [ProjectFile(path, text, estimate_tokens(text)) for path, text in files]
    (found,) = [file for file in Chooser(listed).choose(added=(asked,)) if file.path == asked]
    return found


@pytest.mark.parametrize("path", CASES)
def test_the_versions_of_direct_dependencies_are_sent(path: str) -> None:
    text, manifest, expected = CASES[path]
    found = sent((path, text), manifest, asked=path)
    assert found.content == expected
    assert found.whole_bytes == len(text.encode())
    cut = b"".join(text.encode()[start:end] for start, end in found.ranges)
    assert cut.decode() == found.content
    assert found.tokens == estimate_tokens(expected)


def test_a_lock_file_without_its_manifest_is_cut_to_its_beginning() -> None:
    found = sent(("web/yarn.lock", YARN), ("package.json", '{"express": 1}'), asked="web/yarn.lock")
    assert YARN.startswith(found.content)
    assert 0 < len(found.content) <= len(YARN) // 2


def test_an_excerpt_has_an_end() -> None:
    names = [f"package{number}" for number in range(5000)]
    lock = "".join(f'name = "{name}"\nversion = "1.{"é" * 20}"\n' for name in names)
    found = sent(("uv.lock", lock), ("pyproject.toml", "\n".join(names)), asked="uv.lock")
    assert MOST_BYTES - 100 < len(found.content.encode()) <= MOST_BYTES


@pytest.mark.parametrize(
    "text", ["a" * 500_000, "name = " * 90_000, "\n" * 500_000, "  " * 250_000]
)
def test_a_lock_file_made_to_be_slow_is_cut_all_the_same(text: str) -> None:
    found = sent(("uv.lock", text), ("pyproject.toml", "name a"), asked="uv.lock")
    assert len(found.content) <= MOST_BYTES
