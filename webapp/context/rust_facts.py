"""What is known of a Rust package, from its Cargo.toml and its code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from webapp.context.ci import pipeline_version
from webapp.context.code import (
    PORT_NAME,
    Sources,
    places,
    ports,
    rooted,
    sources,
    variables,
    watched,
)
from webapp.context.deploy_facts import (
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    tool_version,
)
from webapp.context.libraries import RUST_FEATURES, RUST_FRAMEWORKS, RUST_SERVICES
from webapp.context.meters import Place
from webapp.context.requirements import Dependency
from webapp.context.toml_file import TomlFile, toml_file
from webapp.context.tree import Tree, line_with, port_fact
from webapp.domain.project import Fact, FactName

MANIFESTS = ("Cargo.toml",)
_NUMBER = r"1\.[0-9]{1,3}(?:\.[0-9]{1,3})?"
_PINNED = re.compile(rf"(?:channel\s*=\s*\")?({_NUMBER})\"?")
_VARIABLE = re.compile(
    r"\b(?:env|dotenvy|dotenv)::var(?:_os)?\(\s{0,9}\"([A-Za-z_]\w{0,99})\""
    r"|[(,]\s{0,9}env\s{0,9}=\s{0,9}\"([A-Za-z_]\w{0,99})\""
    r"|(?<!set_)env\w{0,30}\(\s{0,9}\"([A-Z][A-Z0-9_]{0,99})\""
)
_HERE = r"(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]):([0-9]{2,5})"
_PORTS = (
    re.compile(rf"\bbind\(\s{{0,9}}\(?\s{{0,9}}\"{_HERE}\""),
    re.compile(r"\bbind\(\s{0,9}\(\s{0,9}\"[\w.:]{1,50}\",\s{0,9}([0-9]{2,5})\b"),
    re.compile(
        r"\(\s{0,9}\[\s{0,9}(?:[0-9]{1,3},\s{0,9}){3}[0-9]{1,3}\s{0,9}\],\s{0,9}([0-9]{2,5})\b"
    ),
    re.compile(r"\b(?:UNSPECIFIED|LOCALHOST)(?:\.into\(\))?\)?,\s{0,9}([0-9]{2,5})\b"),
    re.compile(
        rf"\"{PORT_NAME}\"\s{{0,9}}\)[^;\"]{{0,200}}?unwrap_or(?:_else)?\(\s{{0,9}}(?:\|\w?\|\s{{0,9}})?\"?"
        r"([0-9]{2,5})\b"
    ),
    re.compile(rf"\"{PORT_NAME}\"\s{{0,9}}\)[^;]{{0,200}}?\"([0-9]{{2,5}})\""),
    re.compile(
        rf"\"{PORT_NAME}\",\s{{0,9}}(?:default_value(?:_t)?\s{{0,9}}=\s{{0,9}})?\"?([0-9]{{2,5}})\b"
    ),
    re.compile(rf"\"{_HERE}\""),
)
_ROUTE = re.compile(
    r"\.route\(\s{0,9}\"(/[\w./~-]{1,200})\""
    r"|#\[(?:[\w:]{1,50}::)?get\(\s{0,9}\"(/[\w./~-]{1,200})\""
    r"|\bresource\(\s{0,9}\"(/[\w./~-]{1,200})\""
)
_WARP = re.compile(r"\bwarp::path!?\(\s{0,9}\"([\w.~-]{1,100})\"\s{0,9}\)")
_BELOW = re.compile(r"\bnest\(\s{0,9}\"/\w|\bscope\(\s{0,9}\"/?\w|\bmount\(\s{0,9}\"/\w")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no Cargo.toml of a package."""
    cargo = toml_file(tree, "Cargo.toml")
    if cargo is None or not cargo.table("package"):
        return None
    return [
        *cargo.name("package"),
        Fact(FactName.LANGUAGE, "rust", cargo.path, 1),
        Fact(FactName.INSTALLER, "cargo", cargo.path, 1),
        Fact(FactName.MANIFEST, cargo.path, cargo.path, 1),
        *_versions(tree, cargo),
        *_known(tree, cargo),
    ]


def libraries(tree: Tree) -> dict[str, Place]:
    """The crates it depends on, by name and by name with each feature, as in `sqlx[postgres]`."""
    cargo = toml_file(tree, "Cargo.toml")
    used: dict[str, Place] = {}
    for one in _dependencies(tree, cargo) if cargo else ():
        for name in (one.name, *(f"{one.name}[{feature}]" for feature in one.extras)):
            used.setdefault(name, (one.path, one.line))
    return used


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    cargo = toml_file(tree, "Cargo.toml")
    entries = list(_entries(tree, cargo)) if cargo else []
    yield from entries
    yield from procfile(tree)
    yield from dockerfile(tree)
    files = sources(tree, (".rs",))
    yield from ports(_PORTS, files)
    yield from _rocket(tree)
    yield from variables(_VARIABLE, files)
    yield from _health(files)
    yield from env_example(tree)
    for fact in said:
        if entries and fact.name == FactName.FRAMEWORK and (port := RUST_FRAMEWORKS[fact.value]):
            yield from port_fact(port, fact.path, fact.line)


def _versions(tree: Tree, cargo: TomlFile) -> Iterator[Fact]:
    """The version of Rust that is pinned, then the lowest that the package takes."""
    yield from pinned(tree, ("rust-toolchain.toml", "rust-toolchain"), _PINNED)
    yield from tool_version(tree, "rust")
    yield from image_version(tree, "rust")
    yield from pipeline_version(tree, "rust")
    yield from _lowest(cargo, "package")
    for above in _workspaces(tree):
        yield from _lowest(above, "workspace.package")


def _lowest(cargo: TomlFile, table: str) -> Iterator[Fact]:
    if found := _PINNED.fullmatch(cargo.string(table, "rust-version")):
        yield Fact(FactName.VERSION, found[1], cargo.path, cargo.line(table, "rust-version"))


def _workspaces(tree: Tree) -> Iterator[TomlFile]:
    """The files above that hold packages together."""
    for above in tree.above("Cargo.toml"):
        cargo = toml_file(above, "Cargo.toml")
        if cargo and "workspace" in cargo.content:
            yield cargo


def _known(tree: Tree, cargo: TomlFile) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    dependencies = _dependencies(tree, cargo)
    lines = {one.name: one.line for one in dependencies}
    for framework in RUST_FRAMEWORKS:
        if framework in lines:
            yield Fact(FactName.FRAMEWORK, framework, cargo.path, lines[framework])
    for one in dependencies:
        for service in _services(one):
            yield Fact(FactName.SERVICE, service, cargo.path, one.line)


def _dependencies(tree: Tree, cargo: TomlFile) -> list[Dependency]:
    """What the package depends on, with the features that its workspace asks for."""
    shared = {
        one.name: one.extras
        for above in _workspaces(tree)
        for one in above.keyed("workspace.dependencies", "features")
    }
    return [
        replace(one, extras=(*one.extras, *shared.get(one.name, ())))
        for one in cargo.keyed("dependencies", "features")
    ]


def _services(one: Dependency) -> Iterator[str]:
    if one.name in RUST_SERVICES:
        yield RUST_SERVICES[one.name]
    elif one.name in ("diesel", "diesel-async", "sea-orm", "sqlx"):
        yield from (RUST_FEATURES[name] for name in one.extras if name in RUST_FEATURES)


def _entries(tree: Tree, cargo: TomlFile) -> Iterator[Fact]:
    """The binary that is run: the one by default, or the only one."""
    package = cargo.string("package", "name")
    if default := cargo.string("package", "default-run"):
        line = cargo.line("package", "default-run")
        yield Fact(FactName.ENTRY, default, cargo.path, line)
    binaries = _listed(cargo)
    if not binaries and tree.has("src/main.rs"):
        yield Fact(FactName.ENTRY, package, tree.path("src/main.rs"), _main_line(tree))
    if not binaries:
        names = (tree.within(path) for path in tree.files if path.endswith(".rs"))
        binaries = [name[8:-3] for name in names if re.fullmatch(r"src/bin/[^/]+\.rs", name)]
    if len(binaries) == 1 or package in binaries:
        name = package if package in binaries else binaries[0]
        line = line_with(cargo.lines, r"^\s*\[\[\s*bin\s*\]\]") or 1
        yield Fact(FactName.ENTRY, name, cargo.path, line)


def _listed(cargo: TomlFile) -> list[str]:
    """The names of the binaries that the manifest lists."""
    listed = cargo.content.get("bin")
    tables = listed if isinstance(listed, list) else []
    names = [one.get("name") for one in tables if isinstance(one, dict)]
    return [name for name in names if isinstance(name, str)]


def _main_line(tree: Tree) -> int:
    return line_with(tree.lines("src/main.rs"), r"^(?:async )?fn main\b") or 1


def _rocket(tree: Tree) -> Iterator[Fact]:
    if rocket := toml_file(tree, "Rocket.toml"):
        for table in ("release", "default", "global"):
            port = rocket.table(table).get("port")
            if isinstance(port, int) and 0 < port < 65536:  # some are too long to be written
                yield from port_fact(port, rocket.path, rocket.line(table, "port"))


def _health(files: Sources) -> Iterator[Fact]:
    """Routes that answer whether it is well, where it is sure under which path they are reached."""
    is_nested = any(_BELOW.search(text) for _, text in files)
    for path, text in files:
        for _, line, found in places(_ROUTE, [(path, text)]):
            if not is_nested or _is_outermost(text, found.start()):
                yield from watched("", found[found.lastindex or 0], path, line)
    for path, line, found in places(_WARP, files):
        yield from watched("", rooted(found[1]), path, line)


def _is_outermost(text: str, position: int) -> bool:
    """Whether a route is added in the statement that also adds others below a prefix."""
    start = text.rfind(";", max(0, position - 2000), position) + 1
    end = text.find(";", position, position + 2000)
    return _BELOW.search(text[start : end if end >= 0 else position + 2000]) is not None
