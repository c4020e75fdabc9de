"""What a pom.xml says, and those above it of which it is a part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.context.tree import Tree
from webapp.context.xml_file import Element, xml_file
from webapp.domain.project import Fact, FactName

_VERSION_KEYS = (
    *("properties/java.version", "properties/maven.compiler.release"),
    *("properties/release.version", "properties/jdk.version"),
    *("properties/maven.compiler.target", "properties/maven.compiler.source"),
    *("properties/kotlin.compiler.jvmTarget", "properties/jvm.target"),
)
_PLUGINS = "build/plugins/plugin"
_REFERENCE = re.compile(r"\$\{([\w.-]{1,100})\}")
_NUMBER = re.compile(r"(?:1\.)?([0-9]{1,2})(?:\.[0-9]{1,3}){0,2}")
_MAIN_KEYS = (
    *("properties/start-class", "properties/main.class", "properties/mainClass"),
    *("properties/exec.mainClass",),
)


@dataclass(frozen=True, slots=True)
class Build:
    """What a build file says: what is asked for, by `group:artifact`, with its line; and facts."""

    path: str
    dependencies: dict[str, int]
    facts: list[Fact]


def maven(tree: Tree) -> Build | None:
    """What the pom.xml of a folder says; None where there is none to be built from.

    One of the packaging `pom` only holds others together.
    """
    pom = xml_file(tree, "pom.xml")
    if pom is None or pom.name != "project" or pom.value("packaging") == "pom":
        return None
    path = tree.path("pom.xml")
    facts = [Fact(FactName.INSTALLER, "maven", path, 1)]
    if name := pom.first("artifactId"):
        facts.append(Fact(FactName.NAME, name.text, path, name.line))
    return Build(path, _dependencies(pom), [*facts, *_versions(tree), *_entries(pom, path)])


def _dependencies(pom: Element) -> dict[str, int]:
    found: dict[str, int] = {}
    listed = [*pom.all("dependencies/dependency"), *pom.all(_PLUGINS)]
    for one in listed:
        if one.value("scope") not in ("test", "import"):
            artifact = one.first("artifactId") or one
            found.setdefault(f"{one.value('groupId')}:{artifact.text}", artifact.line)
    return found


def _versions(tree: Tree) -> Iterator[Fact]:
    """The version of Java for which is compiled, here or in a pom.xml above."""
    for above in tree.above("pom.xml"):
        pom = xml_file(above, "pom.xml")
        for element in _version_elements(pom) if pom else ():
            value = element.text
            if pom and (reference := _REFERENCE.fullmatch(value)):
                value = pom.value(f"properties/{reference[1]}")
            if found := _NUMBER.fullmatch(value):
                yield Fact(FactName.VERSION, found[1], above.path("pom.xml"), element.line)


def _version_elements(pom: Element) -> Iterator[Element]:
    for key in _VERSION_KEYS:
        yield from pom.all(key)
    for plugin in pom.all(_PLUGINS):
        for key in ("release", "target", "source"):
            yield from plugin.all(f"configuration/{key}")


def _entries(pom: Element, path: str) -> Iterator[Fact]:
    """The class that is started, where the build names it."""
    elements = [element for key in _MAIN_KEYS for element in pom.all(key)]
    for plugin in pom.all(_PLUGINS):
        for key in ("configuration/mainClass", "configuration/archive/manifest/mainClass"):
            elements += plugin.all(key)
    for element in elements:
        if "$" not in element.text:  # that would be a property
            yield Fact(FactName.ENTRY, element.text, path, element.line)
