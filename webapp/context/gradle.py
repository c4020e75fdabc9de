"""What a build.gradle or build.gradle.kts says; it is searched, and never run."""

import re
from collections.abc import Iterator, Mapping

from webapp.context.code import SLASHES, places
from webapp.context.maven import Build
from webapp.context.toml_file import TomlFile, read_toml
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

SCRIPTS = ("build.gradle.kts", "build.gradle")
_SETTINGS = ("settings.gradle.kts", "settings.gradle")
_CATALOG = "gradle/libs.versions.toml"
_NAME = re.compile(r"rootProject\.name\s{0,9}=\s{0,9}[\"']([^\"'\n]{1,100})[\"']")
_DEPENDENCY = re.compile(  # a line may only go on with a list that was begun before
    r"^\s{0,99}(?:(?:implementation|api|runtimeOnly|compileOnly|developmentOnly|compile|runtime)"
    r"[\s(]{1,9}(?:platform\()?)?[\"']([\w.-]{1,100}:[\w.-]{1,100})(?=[:\"'])"
)
_ALIAS = re.compile(
    r"^\s{0,99}(?:implementation|api|runtimeOnly|compileOnly)[\s(]{1,9}libs\.([\w.]{1,100})"
)
_PLUGIN = re.compile(r"^\s{0,99}id[\s(]{1,9}[\"']([\w.-]{1,100})[\"']")
_PLUGIN_ALIAS = re.compile(r"^\s{0,99}alias\(libs\.plugins\.([\w.]{1,100})\)")
_VERSION = re.compile(
    r"JavaLanguageVersion\.of\(\s{0,9}[\"']?([0-9]{1,2})\b|jvmToolchain\(\s{0,9}([0-9]{1,2})\b"
    r"|JavaVersion\.VERSION_(?:1_)?([0-9]{1,2})\b"
    r"|(?:source|target)Compatibility\s{0,9}=\s{0,9}[\"']?(?:1\.)?([0-9]{1,2})\b"
    r"|\brelease(?:\.set\(|\s{0,9}=)\s{0,9}([0-9]{1,2})\b"
)
_MAIN = re.compile(r"\bmainClass(?:Name)?(?:\.set\(|\s{0,9}=)\s{0,9}[\"']([\w.$]{1,200})[\"']")


def gradle(tree: Tree) -> Build | None:
    """What the build file of a folder says; None where there is none."""
    script = next(filter(tree.has, SCRIPTS), None)
    if script is None:
        return None
    path = tree.path(script)
    facts = [
        Fact(FactName.INSTALLER, "gradle", path, 1),
        *_names(tree),
        *_versions(tree),
        *_found(FactName.ENTRY, _MAIN, tree, script),
    ]
    return Build(path, _dependencies(tree, _text(tree, script).split("\n")), facts)


def _text(tree: Tree, script: str) -> str:
    return SLASHES.sub("", "\n".join(tree.lines(script)))


def _found(name: FactName, pattern: re.Pattern[str], tree: Tree, script: str) -> Iterator[Fact]:
    for path, line, found in places(pattern, [(tree.path(script), _text(tree, script))]):
        yield Fact(name, found[found.lastindex or 0], path, line)


def _names(tree: Tree) -> Iterator[Fact]:
    for settings in _SETTINGS:
        yield from _found(FactName.NAME, _NAME, tree, settings)


def _versions(tree: Tree) -> Iterator[Fact]:
    """The version of Java for which is compiled, here or in a build file above."""
    for script in SCRIPTS:
        for above in tree.above(script):
            yield from _found(FactName.VERSION, _VERSION, above, script)


def _dependencies(tree: Tree, lines: list[str]) -> dict[str, int]:
    """What is asked for; plugins stand there as `id:plugin`."""
    found: dict[str, int] = {}
    catalog = next(_catalogs(tree), None)
    modules = _modules(catalog, "libraries", "module") if catalog else {}
    plugins = _modules(catalog, "plugins", "id") if catalog else {}
    for number, line in enumerate(lines, 1):
        if match := _DEPENDENCY.match(line):
            found.setdefault(match[1], number)
        elif (match := _ALIAS.match(line)) and match[1] in modules:
            found.setdefault(modules[match[1]], number)
        elif "apply false" not in line and "apply(false)" not in line:
            if match := _PLUGIN.match(line):
                found.setdefault(f"{match[1]}:plugin", number)
            elif (match := _PLUGIN_ALIAS.match(line)) and match[1] in plugins:
                found.setdefault(f"{plugins[match[1]]}:plugin", number)
    return found


def _catalogs(tree: Tree) -> Iterator[TomlFile]:
    for above in tree.above(_CATALOG):
        if catalog := read_toml(above.path(_CATALOG), above.lines(_CATALOG)):
            yield catalog


def _modules(catalog: TomlFile, table: str, key: str) -> Mapping[str, str]:
    """What the names of a version catalogue stand for, as a build file writes those names."""
    found: dict[str, str] = {}
    for alias, spec in catalog.table(table).items():
        name = re.sub(r"[-_]", ".", alias)
        if isinstance(spec, str):
            found[name] = spec.rpartition(":")[0]
        elif isinstance(spec, dict):
            parts = [spec[word] for word in (key, "group", "name") if word in spec]
            found[name] = ":".join(part for part in parts if isinstance(part, str))
    return found
