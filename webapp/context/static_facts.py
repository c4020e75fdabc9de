"""What is known of a site that is only files to be served, written or built by a tool."""

from collections.abc import Iterator, Mapping, Sequence

from webapp.context.deploy_facts import dockerfile, tool_version
from webapp.context.json_file import json_file
from webapp.context.libraries import SITE_BUILDERS
from webapp.context.meters import Place
from webapp.context.node_facts import installers, site_builder
from webapp.context.node_facts import versions as node_versions
from webapp.context.ruby_facts import gems_of
from webapp.context.ruby_facts import versions as ruby_versions
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

_HUGO = ("hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml")
MANIFESTS = (*_HUGO, "_config.yml", "package.json")
_HUGO_FOLDERS = ("content/", "layouts/", "themes/", "archetypes/")
_PAGE = "index.html"
# Pages in such a folder are parts of a program, or were made by one; the latter where there is one.
_PARTS = frozenset({"assets", "layouts", "resources", "static", "template", "templates", "views"})
_MADE = frozenset(
    {"build", "coverage", "dist", "doc", "docs", "examples", "javadoc", "out", "reports"}
)


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the pages say; None where they tell of no site."""
    for found in (_hugo(tree), _jekyll(tree), _package(tree)):
        if found:
            return found
    return None


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """The port of a Dockerfile that is there; a site itself listens nowhere."""
    yield from (fact for fact in dockerfile(tree) if fact.name == FactName.PORT)


def libraries(tree: Tree) -> dict[str, Place]:
    """What builds the site."""
    built = (fact for fact in declared(tree) or () if fact.name == FactName.FRAMEWORK)
    return {fact.value: (fact.path, fact.line) for fact in built}


def page_folders(project: Mapping[str, str], taken: Sequence[str]) -> list[str]:
    """The folders of plain sites: with a first page, and in no folder of something else."""
    found: list[str] = []
    no_sites = _PARTS | _MADE if taken else _PARTS
    paths = (path for path in project if path.rpartition("/")[2] == _PAGE)
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        folder = path.rpartition("/")[0]
        if no_sites.isdisjoint(folder.split("/")) and not _is_below(folder, [*taken, *found]):
            found.append(folder)
    return found


def page(folder: str) -> list[Fact]:
    """The facts of a plain site in a folder."""
    path = f"{folder}/{_PAGE}" if folder else _PAGE
    return [Fact(FactName.LANGUAGE, "static", path, 1), Fact(FactName.ENTRY, path, path, 1)]


def _is_below(folder: str, others: Sequence[str]) -> bool:
    return any(not other or f"{folder}/".startswith(f"{other}/") for other in others)


def _hugo(tree: Tree) -> list[Fact] | None:
    config = next(filter(tree.has, _HUGO), None)
    if config is None:
        return None
    folders = tuple(map(tree.path, _HUGO_FOLDERS))
    if not config.startswith("hugo.") and not any(path.startswith(folders) for path in tree.files):
        return None
    return [*_site("hugo", tree.path(config), 1), *tool_version(tree, "hugo", "gohugo")]


def _jekyll(tree: Tree) -> list[Fact] | None:
    gems = gems_of(tree) or {}
    line = gems.get("jekyll") or gems.get("github-pages")
    if line is None:
        return None
    path = tree.path("Gemfile")
    return [
        *_site("jekyll", path, line),
        Fact(FactName.INSTALLER, "bundler", path, 1),
        Fact(FactName.MANIFEST, path, path, 1),
        *ruby_versions(tree),
    ]


def _package(tree: Tree) -> list[Fact] | None:
    """A site that is built with Node.js, or plain pages beside a package.json of tools."""
    package = json_file(tree, "package.json")
    if package is None:
        return None
    builder = site_builder(tree, package)
    if not builder:
        return page(tree.folder) if tree.has(_PAGE) else None
    table = next(
        name for name in ("dependencies", "devDependencies") if builder in package.table(name)
    )
    return [
        *_site(SITE_BUILDERS[builder], package.path, package.line(builder, table)),
        Fact(FactName.NAME, package.string("name"), package.path, package.line("name")),
        Fact(FactName.MANIFEST, package.path, package.path, 1),
        *node_versions(tree, package),
        *installers(tree, package),
    ]


def _site(framework: str, path: str, line: int) -> list[Fact]:
    return [
        Fact(FactName.LANGUAGE, "static", path, line),
        Fact(FactName.FRAMEWORK, framework, path, line),
    ]
