"""What a pyproject.toml or a Pipfile says: PEP 621, Poetry, uv, Pipenv."""

from collections.abc import Iterator

from webapp.context.requirements import Manifest, lowest_version
from webapp.context.toml_file import TomlFile, toml_file
from webapp.context.tree import Tree, line_with
from webapp.domain.project import Fact, FactName


def pyproject(tree: Tree) -> Manifest | None:
    """What a pyproject.toml says; None where there is none that can be read."""
    document = toml_file(tree, "pyproject.toml")
    if document is None:
        return None
    facts = [next(_installers(tree, document))]
    dependencies = list(document.listed("project", "dependencies"))
    for table, spec in (("project", "requires-python"), ("tool.poetry.dependencies", "python")):
        facts += _version(document, table, spec)
    for table in ("project", "tool.poetry"):
        facts += document.name(table)
    dependencies += document.keyed("tool.poetry.dependencies")
    return Manifest(document.path, dependencies, facts)


def pipfile(tree: Tree) -> Manifest | None:
    """What a Pipfile says; None where there is none that can be read."""
    document = toml_file(tree, "Pipfile")
    if document is None:
        return None
    lock = tree.path("Pipfile.lock") if tree.has("Pipfile.lock") else document.path
    facts = [
        Fact(FactName.INSTALLER, "pipenv", lock, 1),
        *_version(document, "requires", "python_full_version"),
        *_version(document, "requires", "python_version"),
    ]
    return Manifest(document.path, list(document.keyed("packages")), facts)


def _installers(tree: Tree, document: TomlFile) -> Iterator[Fact]:
    """The surest first: a lock file, then the table of an installer; pip reads any."""
    for installer in ("uv", "poetry"):
        if tree.has(f"{installer}.lock"):
            yield Fact(FactName.INSTALLER, installer, tree.path(f"{installer}.lock"), 1)
    for installer in ("poetry", "uv"):
        if installer in document.table("tool"):
            line = line_with(document.lines, rf"^\s*\[+\s*tool\.{installer}\b") or 1
            yield Fact(FactName.INSTALLER, installer, document.path, line)
    yield Fact(FactName.INSTALLER, "pip", document.path, 1)


def _version(document: TomlFile, table: str, key: str) -> Iterator[Fact]:
    yield from lowest_version(document.string(table, key), document.path, document.line(table, key))
