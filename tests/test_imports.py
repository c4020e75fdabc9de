"""Who may import whom. The arrows are those of ARCHITECTURE.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

from webapp.settings import ROOT

# Part of the package -> the parts it may import, besides itself.
ARROWS = {
    "domain": set(),
    "fake_provider": set(),
    "settings": {"domain"},
    "logs": {"settings"},
    "artifacts": {"domain"},
    "compare": {"domain"},
    "context": {"domain"},
    "providers": {"domain"},
    "cache": {"domain"},
    "store": {"domain"},
    "prices": {"domain"},
    "forecast": {"domain", "prices", "store"},
    "specs": {"artifacts", "domain", "prices"},
    "applications": {"artifacts", "domain"},
    "offers": {"artifacts", "domain"},
    "sending": {"artifacts", "context", "domain", "store"},
    "draft": {"artifacts", "context", "domain", "forecast", "prices", "sending", "specs", "store"},
    "endpoints": {"artifacts", "cache", "domain", "providers"},
    "engine": {
        "artifacts", "cache", "domain", "logs", "prices", "providers", "settings", "store",
    },
    "orders": {
        "artifacts", "domain", "draft", "engine", "prices", "settings", "specs", "store",
    },
    "renewal": {"artifacts", "domain", "draft", "specs", "store"},
    "service": {
        "applications", "cache", "context", "domain", "draft", "endpoints", "forecast", "offers",
        "orders", "renewal", "sending", "settings", "specs", "store",
    },
    "doctor": {"cache", "domain", "settings", "store"},
    "web": {"compare", "domain", "logs", "service", "settings", "store"},
    "cli": {
        "artifacts", "cache", "context", "doctor", "domain", "engine", "fake_provider", "logs",
        "service", "settings", "store",
    },
    "": {"service", "settings", "web"},
}  # fmt: skip
# Part of the package -> libraries it must do without.
STRANGERS = {
    "domain": {"flask", "sqlalchemy", "httpx", "aiohttp", "asyncio", "pydantic"},
    "artifacts": {"flask", "sqlalchemy", "httpx", "aiohttp"},
    "compare": {"flask", "sqlalchemy", "httpx", "aiohttp"},
    "context": {"flask", "sqlalchemy", "httpx", "aiohttp"},
    "providers": {"flask", "sqlalchemy"},
    "store": {"flask", "httpx", "aiohttp"},
    "doctor": {"flask", "httpx", "aiohttp"},
    "engine": {"flask", "httpx", "aiohttp"},
    "service": {"flask", "httpx", "aiohttp"},
    "web": {"httpx", "aiohttp"},
    "cli": {"flask", "httpx", "aiohttp"},
}
MODULES = sorted((ROOT / "webapp").rglob("*.py"))


def part_of(module: str) -> str:
    """The part a module of ours belongs to: `store` for `webapp.store.reads`."""
    return module.partition(".")[2].partition(".")[0]


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever the import stands."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield package.rsplit(".", node.level - 1)[0] + f".{node.module or ''}"
        elif isinstance(node, ast.ImportFrom) and node.module == "webapp":
            yield from (f"webapp.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def own_part(path: Path) -> str:
    return part_of(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def test_modules_import_along_the_arrows() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in imported(path)
        if name.split(".")[0] == "webapp"
        and part_of(name) not in ARROWS[own_part(path)] | {own_part(path)}
    ]
    assert wrong == []


def test_modules_do_without_the_libraries_that_are_strange_to_them() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in imported(path)
        if name.split(".")[0] in STRANGERS.get(own_part(path), set())
    ]
    assert wrong == []


def test_every_part_has_its_arrows() -> None:
    assert {own_part(path) for path in MODULES} == ARROWS.keys()


def test_the_arrows_have_no_circle() -> None:
    left = dict(ARROWS)
    while left:
        free = {part for part, allowed in left.items() if not allowed & left.keys()}
        assert free, f"in a circle: {sorted(left)}"
        left = {part: allowed for part, allowed in left.items() if part not in free}
