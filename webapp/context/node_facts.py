"""What is known of a Node.js application, from its package.json and its code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_version
from webapp.context.deploy_facts import (
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    started,
    tool_version,
)
from webapp.context.json_file import JsonFile, json_file
from webapp.context.libraries import (
    NODE_FRAMEWORKS,
    NODE_SERVICES,
    SITE_BUILDERS,
    SITE_SERVERS,
)
from webapp.context.meters import Place
from webapp.context.node_code import read_code
from webapp.context.tree import Tree, port_fact
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
_SCHEMAS = ("prisma/schema.prisma", "schema.prisma")
_PROVIDER = re.compile(r"\s{0,9}provider\s{0,20}=\s{0,9}\"(\w{1,20})\"")
_PRISMA_URL = re.compile(r"\s{0,9}(?:url|directUrl)\s{0,20}=\s{0,9}env\(\"([A-Za-z_]\w{0,99})\"\)")
_PRISMA_SERVICES = {"postgresql": "postgresql", "mysql": "mysql", "mongodb": "mongodb"}
STARTS = ("start:prod", "start:production", "start")
_RUNNABLE = (".js", ".mjs", ".cjs")
_ENTRIES = ("server.js", "index.js", "app.js", "main.js", "server.mjs", "index.mjs")


MANIFESTS = ("package.json",)


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no package.json."""
    package = json_file(tree, "package.json")
    if package is None or site_builder(tree, package) or _is_mark(tree, package):
        return None
    facts = [
        Fact(FactName.LANGUAGE, "node", package.path, 1),
        Fact(FactName.MANIFEST, package.path, package.path, 1),
        Fact(FactName.NAME, package.string("name"), package.path, package.line("name")),
        *versions(tree, package),
        *installers(tree, package),
    ]
    return [*facts, *_known(package), *_prisma(tree)]


def libraries(tree: Tree) -> dict[str, Place]:
    """The packages that are there in production."""
    package = json_file(tree, "package.json")
    used = package.table("dependencies") if package else {}
    lines = {name: package.line(name, "dependencies") for name in used} if package else {}
    return {name: (tree.path("package.json"), line) for name, line in lines.items()}


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    package = json_file(tree, "package.json")
    starts = [*procfile(tree), *(_starts(tree, package) if package else ()), *dockerfile(tree)]
    entry = next((fact.value for fact in starts if fact.name == FactName.ENTRY), None)
    yield from starts
    yield from sorted(read_code(tree), key=lambda fact: fact.path != entry)
    yield from env_example(tree)
    for fact in said:
        # Nothing says where it listens: so it listens where the framework does.
        if fact.name == FactName.FRAMEWORK and fact.value in _PORTS:
            yield from port_fact(_PORTS[fact.value], fact.path, fact.line)


def _is_mark(tree: Tree, package: JsonFile) -> bool:
    """Whether a file only says of which type the modules below another package are."""
    is_below = len(list(tree.above("package.json"))) > 1
    return is_below and not {"name", "dependencies", "scripts"} & package.content.keys()


def site_builder(tree: Tree, package: JsonFile) -> str | None:
    """The package that builds files to be served; None where a server is started."""
    used = {**package.table("devDependencies"), **package.table("dependencies")}
    is_started = any("node" in package.string("scripts", name).split() for name in STARTS)
    if is_started or any(name in used for name in (*NODE_FRAMEWORKS, *SITE_SERVERS)):
        return None
    builders = (name for name in SITE_BUILDERS if name in used)
    # Vite builds libraries, too: what it builds to be looked at has a page.
    return next((name for name in builders if name != "vite" or tree.has("index.html")), None)


def versions(tree: Tree, package: JsonFile) -> Iterator[Fact]:
    """The version of Node.js that is pinned, then the one that the package asks for."""
    yield from pinned(tree, (".nvmrc", ".node-version"), _PINNED)
    yield from tool_version(tree, "nodejs", "node")
    yield from image_version(tree, "node")
    yield from pipeline_version(tree, "node")
    if version := _lowest_of_newest(package.string("engines", "node")[:200]):
        line = package.line("node", "engines")
        yield Fact(FactName.VERSION, version, package.path, line)


def _lowest_of_newest(spec: str) -> str | None:
    """Of `18 || >=20.1 <21` the 20.1: the lowest version of the newest range."""
    found = [_LOWEST.search(part) for part in spec.split("||")]
    numbers = [match[1] for match in found if match]
    return max(numbers, key=lambda text: [int(part) for part in text.split(".")], default=None)


def installers(tree: Tree, package: JsonFile) -> Iterator[Fact]:
    """The surest first: a lock file, then the package manager by name; npm reads any.

    What a folder does not say itself, the root of its workspace above may say.
    """
    for above in tree.above("package.json"):
        for lock, installer in _LOCKS:
            if above.has(lock):
                yield Fact(FactName.INSTALLER, installer, above.path(lock), 1)
        found = json_file(above, "package.json")
        named = found.string("packageManager").partition("@")[0] if found else ""
        if found and named in ("bun", "npm", "pnpm", "yarn"):
            yield Fact(FactName.INSTALLER, named, found.path, found.line("packageManager"))
    yield Fact(FactName.INSTALLER, "npm", package.path, 1)


def _known(package: JsonFile) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    dependencies = package.table("dependencies")
    for library, (framework, _) in NODE_FRAMEWORKS.items():
        if library in dependencies:
            line = package.line(library, "dependencies")
            yield Fact(FactName.FRAMEWORK, framework, package.path, line)
    for library in dependencies:
        if service := NODE_SERVICES.get(library):
            line = package.line(library, "dependencies")
            yield Fact(FactName.SERVICE, service, package.path, line)


def _prisma(tree: Tree) -> Iterator[Fact]:
    """The database of a schema of Prisma, and the variable with its address."""
    for name in _SCHEMAS:
        for number, line in enumerate(tree.lines(name), 1):
            if (found := _PROVIDER.match(line)) and found[1] in _PRISMA_SERVICES:
                service = _PRISMA_SERVICES[found[1]]
                yield Fact(FactName.SERVICE, service, tree.path(name), number)
            elif found := _PRISMA_URL.match(line):
                yield Fact(FactName.ENV, found[1], tree.path(name), number)


def _starts(tree: Tree, package: JsonFile) -> Iterator[Fact]:
    """The start script with what it says, then the main file, then one by its usual name."""
    is_root = "workspaces" in package.content or tree.has("pnpm-workspace.yaml")
    for name in STARTS:
        command = package.string("scripts", name).strip()
        file = _file_started(tree, command)
        # The root of a workspace starts what lies below it, all at once.
        if command and (file or not is_root):
            line = package.line(name, "scripts")
            yield from started(command, package.path, line)
            if file:
                yield Fact(FactName.ENTRY, tree.path(file), package.path, line)
    if _is_library(tree, package):
        return
    main = package.string("main").removeprefix("./")
    for file in (main, f"{main}.js"):
        if file.endswith(_RUNNABLE) and tree.has(file):
            yield Fact(FactName.ENTRY, tree.path(file), package.path, package.line("main"))
    if not any(name in package.table("scripts") for name in STARTS):
        for file in filter(tree.has, _ENTRIES):
            yield Fact(FactName.ENTRY, tree.path(file), tree.path(file), 1)


def _is_library(tree: Tree, package: JsonFile) -> bool:
    """Whether another package of the project asks for this one."""
    asked = f'"{package.string("name")}":'
    others = (path for path in tree.project if path.endswith("package.json"))
    return any(asked in tree.project[path] for path in others if path != package.path)


def _file_started(tree: Tree, command: str) -> str | None:
    """The file that `node` is given in a command."""
    words = command.split()
    if "node" not in words:
        return None
    files = [word.removeprefix("./") for word in words[words.index("node") + 1 :]]
    runnable = (file for file in files if file.endswith(_RUNNABLE) or tree.has(f"{file}.js"))
    return next(runnable, None)
