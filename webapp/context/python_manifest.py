"""What a Python project says of itself beside its code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_version
from webapp.context.deploy_facts import image_version, pinned, tool_version
from webapp.context.libraries import EXTRAS, PYTHON_FRAMEWORKS, PYTHON_SERVICES
from webapp.context.pyproject import pipfile, pyproject
from webapp.context.requirements import Dependency, Manifest, dependency, lowest_version
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

LISTS = (
    "requirements.txt",
    *(f"requirements/{name}.txt" for name in ("production", "prod", "base", "common")),
    *(f"requirements{mark}{name}.txt" for mark in "-_." for name in ("production", "prod", "base")),
)
_PINNED = re.compile(r"(?:python-|cpython-)?(3(?:\.[0-9]{1,2}){0,2})")
_CFG_LINE = re.compile(r"([a-z_]{1,50})\s*[=:]\s*(.*)")


def manifest(tree: Tree) -> Manifest | None:
    """The manifest that is installed from; None where the folder has none.

    A lock file or the table of an installer decides; without them a list of requirements comes
    before a pyproject.toml, which is often there for linters alone.
    """
    project, requirements = pyproject(tree), _requirements(tree)
    if project and requirements and _installer(project) == "pip":
        facts = (*requirements.facts, *project.facts)
        return Manifest(requirements.path, requirements.dependencies, facts)
    is_installed = project and (project.dependencies or _installer(project) != "pip")
    return (project if is_installed else None) or requirements or pipfile(tree) or _cfg(tree)


def versions(tree: Tree) -> Iterator[Fact]:
    """The version of Python that is pinned for the project, the surest first."""
    yield from pinned(tree, (".python-version", "runtime.txt"), _PINNED)
    yield from tool_version(tree, "python")
    yield from image_version(tree, "python")
    yield from pipeline_version(tree, "python")


def known(dependencies: Sequence[Dependency]) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    places = {dependency.name: dependency for dependency in reversed(dependencies)}
    for framework in PYTHON_FRAMEWORKS:
        if framework in places:
            place = places[framework]
            yield Fact(FactName.FRAMEWORK, framework, place.path, place.line)
            break
    for found in dependencies:
        for service in filter(
            None, [PYTHON_SERVICES.get(found.name), *map(EXTRAS.get, found.extras)]
        ):
            yield Fact(FactName.SERVICE, service, found.path, found.line)


def _installer(found: Manifest) -> str:
    return next(fact.value for fact in found.facts if fact.name == FactName.INSTALLER)


def _requirements(tree: Tree) -> Manifest | None:
    names = list(filter(tree.has, LISTS))
    if not names:
        return None
    dependencies = [
        found
        for name in names
        for number, line in enumerate(tree.lines(name), 1)
        for found in dependency(line, tree.path(name), number)
    ]
    path = tree.path(names[0])
    return Manifest(path, dependencies, [Fact(FactName.INSTALLER, "pip", path, 1)])


def _cfg(tree: Tree) -> Manifest | None:
    """A setup.cfg of setuptools, where it lists what to install."""
    path = tree.path("setup.cfg")
    dependencies: list[Dependency] = []
    facts = [Fact(FactName.INSTALLER, "pip", path, 1)]
    key = ""
    for number, line in enumerate(tree.lines("setup.cfg"), 1):
        value = line.strip()
        if line[:1].strip() and (found := _CFG_LINE.match(line)):
            key, value = found[1], found[2].strip()
        elif line[:1].strip():
            key = ""  # a new section
        if key == "install_requires":
            dependencies += dependency(value, path, number)
        elif key == "python_requires":
            facts += lowest_version(value, path, number)
        elif key == "name" and value:
            facts.append(Fact(FactName.NAME, value, path, number))
    return Manifest(path, dependencies, facts) if dependencies else None
