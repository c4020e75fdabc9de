"""What is known of a Node.js application, from its package.json and its code."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.context.deploy_facts import dockerfile, env_example, image_version, procfile, started
from webapp.context.libraries import NODE_FRAMEWORKS, NODE_SERVICES
from webapp.context.node_code import read_code
from webapp.context.tree import Tree, line_with, port_fact
from webapp.domain.project import Fact, FactName

_PORTS = {name: port for name, port in NODE_FRAMEWORKS.values() if port}
_LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_PINNED = re.compile(r"v?([0-9]{1,2}(?:\.[0-9]{1,3}){0,2})")
_LOWEST = re.compile(r"(?:^|[\s^~=v>])([0-9]{1,2}(?:\.[0-9]{1,3}){0,2})")
_STARTS = ("start:prod", "start:production", "start")
_RUNNABLE = (".js", ".mjs", ".cjs")
_ENTRIES = ("server.js", "index.js", "app.js", "main.js", "server.mjs", "index.mjs")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no package.json."""
    package = _package(tree)
    if package is None:
        return None
    path = tree.path("package.json")
    facts = [
        Fact(FactName.LANGUAGE, "node", path, 1),
        Fact(FactName.MANIFEST, path, path, 1),
        Fact(FactName.NAME, _string(package, "name"), path, _line(tree, "name")),
        *_versions(tree, package),
        *_installers(tree, package),
    ]
    return [*facts, *_known(tree, package)]


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    package = _package(tree) or {}
    starts = [*procfile(tree), *_starts(tree, package), *dockerfile(tree)]
    entry = next((fact.value for fact in starts if fact.name == FactName.ENTRY), None)
    yield from starts
    yield from sorted(read_code(tree), key=lambda fact: fact.path != entry)
    yield from env_example(tree)
    for fact in said:
        # Nothing says where it listens: so it listens where the framework does.
        if fact.name == FactName.FRAMEWORK and fact.value in _PORTS:
            yield from port_fact(_PORTS[fact.value], fact.path, fact.line)


def _package(tree: Tree) -> Mapping[str, object] | None:
    try:
        package = json.loads("\n".join(tree.lines("package.json")) or "0")
    except (ValueError, RecursionError):
        return None
    return package if isinstance(package, dict) else None


def _table(package: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = package.get(name)
    return table if isinstance(table, dict) else {}


def _line(tree: Tree, key: str, table: str | None = None) -> int:
    """The line of a key, at the top or in a table; 1 where it is written in another way."""
    lines = tree.lines("package.json")
    start = (line_with(lines, rf'"{re.escape(table)}"\s*:') or 1) if table else 1
    return line_with(lines, rf'"{re.escape(key)}"\s*:', start) or start


def _string(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _versions(tree: Tree, package: Mapping[str, object]) -> Iterator[Fact]:
    for name in (".nvmrc", ".node-version"):
        for number, text in enumerate(tree.lines(name), 1):
            if found := _PINNED.fullmatch(text.strip()):
                yield Fact(FactName.VERSION, found[1], tree.path(name), number)
    yield from image_version(tree, "node")
    spec = _string(_table(package, "engines"), "node")
    if version := _lowest_of_newest(spec[:200]):
        line = _line(tree, "node", "engines")
        yield Fact(FactName.VERSION, version, tree.path("package.json"), line)


def _lowest_of_newest(spec: str) -> str | None:
    """Of `18 || >=20.1 <21` the 20.1: the lowest version of the newest range."""
    found = [_LOWEST.search(part) for part in spec.split("||")]
    versions = [match[1] for match in found if match]
    return max(versions, key=lambda text: [int(part) for part in text.split(".")], default=None)


def _installers(tree: Tree, package: Mapping[str, object]) -> Iterator[Fact]:
    """The surest first: a lock file, then the package manager by name; npm reads any."""
    for lock, installer in _LOCKS:
        if tree.has(lock):
            yield Fact(FactName.INSTALLER, installer, tree.path(lock), 1)
    path = tree.path("package.json")
    named = _string(package, "packageManager").partition("@")[0]
    if named in ("bun", "npm", "pnpm", "yarn"):
        yield Fact(FactName.INSTALLER, named, path, _line(tree, "packageManager"))
    yield Fact(FactName.INSTALLER, "npm", path, 1)


def _known(tree: Tree, package: Mapping[str, object]) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    path = tree.path("package.json")
    dependencies = _table(package, "dependencies")
    for library, (framework, _) in NODE_FRAMEWORKS.items():
        if library in dependencies:
            line = _line(tree, library, "dependencies")
            yield Fact(FactName.FRAMEWORK, framework, path, line)
    for library in dependencies:
        if service := NODE_SERVICES.get(library):
            yield Fact(FactName.SERVICE, service, path, _line(tree, library, "dependencies"))


def _starts(tree: Tree, package: Mapping[str, object]) -> Iterator[Fact]:
    """The start script with what it says, then the main file, then one by its usual name."""
    path = tree.path("package.json")
    scripts = _table(package, "scripts")
    for name in _STARTS:
        if command := _string(scripts, name).strip():
            line = _line(tree, name, "scripts")
            yield from started(command, path, line)
            if file := _file_started(tree, command):
                yield Fact(FactName.ENTRY, tree.path(file), path, line)
    main = _string(package, "main").removeprefix("./")
    for file in (main, f"{main}.js"):
        if file.endswith(_RUNNABLE) and tree.has(file):
            yield Fact(FactName.ENTRY, tree.path(file), path, _line(tree, "main"))
    if not any(name in scripts for name in _STARTS):
        for file in filter(tree.has, _ENTRIES):
            yield Fact(FactName.ENTRY, tree.path(file), tree.path(file), 1)


def _file_started(tree: Tree, command: str) -> str | None:
    """The file that `node` is given in a command."""
    words = command.split()
    if "node" not in words:
        return None
    files = [word.removeprefix("./") for word in words[words.index("node") + 1 :]]
    runnable = (file for file in files if file.endswith(_RUNNABLE) or tree.has(f"{file}.js"))
    return next(runnable, None)
