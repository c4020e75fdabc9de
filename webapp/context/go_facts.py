"""What is known of a Go module, from its go.mod and its code."""

import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.context import go_code
from webapp.context.ci import pipeline_version
from webapp.context.deploy_facts import (
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    tool_version,
)
from webapp.context.libraries import GO_FRAMEWORKS, GO_SERVICES
from webapp.context.meters import Place
from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

MANIFESTS = ("go.mod",)
_PORTS = dict(GO_FRAMEWORKS.values())
_NUMBER = r"[0-9]+(?:\.[0-9]+){1,2}"
_PINNED = re.compile(rf"(?:go)?({_NUMBER})")
_LINE = re.compile(r"(module|go|toolchain)\s+\"?(\S{1,300}?)\"?\s*$")
_REQUIRED = re.compile(r"(?:require\s+)?([\w.-]{1,100}(?:/[\w.~-]{1,100}){1,20})\s+v[0-9]\S{0,100}")
_MAJOR = re.compile(r"(?:/v[0-9]{1,3}|\.v[0-9]{1,3})$")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no go.mod that names its module."""
    said = {
        found[1]: (found[2], number)
        for number, line in reversed(list(enumerate(_lines(tree), 1)))
        if (found := _LINE.match(line))
    }
    if "module" not in said:
        return None
    path = tree.path("go.mod")
    module, line = said["module"]
    return [
        Fact(FactName.NAME, _MAJOR.sub("", module).rpartition("/")[2], path, line),
        *(Fact(name, "go", path, 1) for name in (FactName.LANGUAGE, FactName.INSTALLER)),
        Fact(FactName.MANIFEST, path, path, 1),
        *_versions(tree, said),
        *_known(tree),
    ]


def libraries(tree: Tree) -> dict[str, Place]:
    """The modules that are asked for directly, without their major version."""
    modules: dict[str, Place] = {}
    for number, line in enumerate(tree.lines("go.mod"), 1):
        if (found := _REQUIRED.match(line.strip())) and "// indirect" not in line:
            modules.setdefault(_MAJOR.sub("", found[1]), (tree.path("go.mod"), number))
    return modules


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    yield from procfile(tree)
    yield from dockerfile(tree)
    entries = list(go_code.entries(tree))
    yield from entries
    yield from go_code.read_code(tree)
    yield from env_example(tree)
    for fact in said:
        if entries and fact.name == FactName.FRAMEWORK and (port := _PORTS[fact.value]):
            yield from port_fact(port, fact.path, fact.line)


def _lines(tree: Tree) -> list[str]:
    return [line.partition("//")[0].strip() for line in tree.lines("go.mod")]


def _versions(tree: Tree, said: Mapping[str, tuple[str, int]]) -> Iterator[Fact]:
    """The version that is pinned, then the lowest that the module takes."""
    yield from pinned(tree, (".go-version",), _PINNED)
    yield from tool_version(tree, "golang", "go")
    yield from _version(tree, said, "toolchain")
    yield from image_version(tree, "golang")
    yield from pipeline_version(tree, "go")
    yield from _version(tree, said, "go")


def _version(tree: Tree, said: Mapping[str, tuple[str, int]], key: str) -> Iterator[Fact]:
    text, line = said.get(key, ("", 1))
    if found := _PINNED.fullmatch(text):
        yield Fact(FactName.VERSION, found[1], tree.path("go.mod"), line)


def _known(tree: Tree) -> Iterator[Fact]:
    """The framework and the services that the modules name that are asked for directly."""
    modules = libraries(tree)
    for module, (framework, _) in GO_FRAMEWORKS.items():
        if module in modules:
            yield Fact(FactName.FRAMEWORK, framework, *modules[module])
    for module, place in modules.items():
        if service := GO_SERVICES.get(module):
            yield Fact(FactName.SERVICE, service, *place)
