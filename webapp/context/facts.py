"""The facts of a project, and how they and those of a brief come together.

Pure reading of text: nothing of a project is run, and what cannot be told is left open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from webapp.context import (
    dotnet_facts,
    go_facts,
    java_facts,
    node_facts,
    php_facts,
    python_facts,
    ruby_facts,
    rust_facts,
    static_facts,
)
from webapp.context.assets import static_files
from webapp.context.commands import deploying, written
from webapp.context.meters import Place, library_metrics
from webapp.context.migrations import migrations
from webapp.context.own_metrics import own_metrics
from webapp.context.said_facts import said_beside
from webapp.context.system_packages import system_packages
from webapp.context.tree import Tree, is_test, tree
from webapp.domain.project import MANY, Application, Fact, FactName, Facts, ProjectFile

MAX_VALUE_CHARS = 500
MAX_MANY = 200  # of the facts of which there may be many
MAX_FOLDERS = 200  # with a manifest, in which an application is looked for
MAX_APPLICATIONS = 50
_ORDER = list(FactName)


class Language(Protocol):
    """How the facts of one language are found; each is one module."""

    @property
    def MANIFESTS(self) -> tuple[str, ...]:
        """What lists dependencies: paths in the folder, or `*` and how a name ends."""

    def declared(self, tree: Tree, /) -> list[Fact] | None:
        """What the files beside the code say; None where nothing tells of the language here."""

    def libraries(self, tree: Tree, /) -> Mapping[str, Place]:
        """What it depends on where it runs, by name, and where that is said."""

    def of_code(self, tree: Tree, said: Sequence[Fact], /) -> Iterator[Fact]:
        """What the code says and what starts it; `said` is what is known without the code."""


LANGUAGES: Mapping[str, Language] = {
    "python": python_facts,
    "node": node_facts,
    "go": go_facts,
    "java": java_facts,
    "ruby": ruby_facts,
    "php": php_facts,
    "dotnet": dotnet_facts,
    "rust": rust_facts,
    "static": static_facts,
}
_MANIFESTS = [name for language in LANGUAGES.values() for name in language.MANIFESTS]
# Their libraries name frameworks, too: without an entry there is nothing to run.
_COMPILED = frozenset({"go", "java", "dotnet", "rust"})


def find_applications(files: Sequence[ProjectFile]) -> tuple[Application, ...]:
    """The applications among the files, by folder, each with the facts of its own folder; up to 50.

    What has nothing to run, such as a library or the root of a workspace, is none, unless there is
    nothing else. Paths are told from the top of the project. Each fact is there once, but for
    variables and services.
    """
    found = _found(files)
    return tuple(sorted(found, key=lambda application: application.folder))


def merge(project: Facts, brief: Facts) -> Facts:
    """The facts of a project completed by those of the brief, the surest first within each name.

    What a project says of itself stays the surest: words do not change what its code is. Two
    things the brief may choose, as it is the request: the version of the language, and the port
    where the project takes it from PORT or where only its framework's default is known. What the
    brief says of another language than the project's is left out, and what it says of a fact that
    the user has corrected.
    """
    language = project.value(FactName.LANGUAGE)
    known = {(fact.name, fact.value) for fact in project.found}
    corrected = {fact.name for fact in project.found if fact.is_correction}
    asked = [
        fact
        for fact in brief.found
        if (fact.name, fact.value) not in known
        and fact.name not in corrected
        and not _is_foreign(fact, language, brief)
    ]
    chosen = [fact for fact in asked if fact.name in _open(project)]
    rest = [fact for fact in asked if fact not in chosen]
    return Facts(tuple(_first_of_each([*chosen, *project.found, *rest])))


def _is_foreign(fact: Fact, language: str | None, brief: Facts) -> bool:
    is_of_language = fact.name in (FactName.LANGUAGE, FactName.VERSION, FactName.FRAMEWORK)
    return is_of_language and language not in (None, brief.value(FactName.LANGUAGE))


def _open(project: Facts) -> set[FactName]:
    """What the brief may choose."""
    places = {
        (fact.name, fact.path, fact.line)
        for fact in project.found
        if fact.name in (FactName.PORT, FactName.FRAMEWORK)
    }
    # A port at the place of the framework is only that framework's default.
    is_default = any(
        name == FactName.PORT and (FactName.FRAMEWORK, path, line) in places
        for name, path, line in places
    )
    is_read = "PORT" in project.values(FactName.ENV)
    return {FactName.VERSION} | ({FactName.PORT} if is_default or is_read else set())


def _first_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """Each value once, in the order of the names; the first stays the first."""
    kept: dict[tuple[FactName, str], Fact] = {}
    for fact in facts:
        kept.setdefault((fact.name, fact.value), fact)
    return sorted(kept.values(), key=lambda fact: _ORDER.index(fact.name))


def _tidy(facts: Iterable[Fact]) -> Iterator[Fact]:
    """The surest of each name, or all in the order of their places where there may be many."""
    clean = [replace(fact, value=fact.value.strip()) for fact in facts]
    shown = [fact for fact in clean if _is_shown(fact.value)]
    kept = _first_of_each(shown)
    for name in FactName:
        named = [fact for fact in kept if fact.name == name]
        if name in MANY:
            yield from sorted(named[:MAX_MANY], key=lambda fact: (fact.path, fact.line))
        else:
            yield from named[:1]


def _is_shown(value: str) -> bool:
    return 0 < len(value) <= MAX_VALUE_CHARS and value.isprintable()


def _found(files: Sequence[ProjectFile]) -> list[Application]:
    """The applications, those nearest to the top first."""
    project = {file.path: file.content for file in files if not _is_foreign_code(file.path)}
    folders = {folder for path in project if (folder := _manifest_folder(path)) is not None}
    nearest = sorted(folders, key=lambda folder: (folder.count("/") + bool(folder), folder))
    nearest = nearest[:MAX_FOLDERS]
    # What lies in another folder with a manifest tells of that one.
    own = {folder: said for folder in nearest if (said := _declared(tree(project, folder)))}
    told = [_application(tree(project, one, tuple(own)), said) for one, said in own.items()]
    running = [one for one in told if _runs(one.facts)][:MAX_APPLICATIONS]
    if not running and (rest := told[:1] or _loose(tree(project, ""))):
        return rest
    taken = [application.folder for application in running]
    pages = static_facts.page_folders(project, taken)[: MAX_APPLICATIONS - len(taken)]
    return [*running, *(Application(one, Facts(tuple(static_facts.page(one)))) for one in pages)]


def _loose(top: Tree) -> list[Application]:
    """What is known where no file lists dependencies."""
    for language in (python_facts, php_facts):
        if said := language.loose(top):
            return [Application("", _told(language, top, said))]
    return []


def _is_foreign_code(path: str) -> bool:
    """Whether a file tells of other programs: of tests, or of a library that is kept here."""
    return is_test(path) or "/vendor/" in f"/{path}"


def _declared(found: Tree) -> list[tuple[Language, list[Fact]]]:
    """The languages that the folder itself tells of, with what it declares."""
    said = ((language, language.declared(found)) for language in LANGUAGES.values())
    return [(language, facts) for language, facts in said if facts]


def _application(found: Tree, declared: list[tuple[Language, list[Fact]]]) -> Application:
    """What is known of a folder with a manifest, in the language of which there is most to run."""
    told = [_told(language, found, said) for language, said in declared]
    likeliest = min(
        told,
        key=lambda facts: (_unlikeliness(facts), facts.value(FactName.ENTRY) is None),
        default=Facts(),
    )
    return Application(found.folder, likeliest)


def _told(language: Language, tree: Tree, said: Sequence[Fact]) -> Facts:
    """All that is known in one language of what lies in a folder."""
    known = Facts((*said, *language.of_code(tree, said)))
    sure = [fact for fact in known.found if not _is_default(fact, known)]
    defaults = [fact for fact in known.found if _is_default(fact, known)]
    found = Facts(tuple(_tidy([*sure, *_beside(language, tree, known), *defaults])))
    if found.value(FactName.METRIC) is None:  # then a route of that name serves something else
        return Facts(tuple(one for one in found.found if one.name != FactName.METRICS_ROUTE))
    return found


def _beside(language: Language, tree: Tree, known: Facts) -> Iterator[Fact]:
    """What libraries, pipelines and documents tell, beside manifest and code."""
    name, entry = known.value(FactName.LANGUAGE) or "", known.value(FactName.ENTRY)
    libraries = language.libraries(tree)
    deployed, commands = deploying(tree), written(tree)
    yield from own_metrics(tree, name, libraries)
    yield from library_metrics(tree, name, libraries)
    yield from migrations(tree, name, libraries, entry, deployed, commands)
    yield from static_files(tree, name, libraries)
    yield from system_packages(tree, name, libraries, commands)
    if name != "static":  # what serves it here is another program than its documents try
        yield from said_beside(tree, deployed, commands)


def _is_default(fact: Fact, found: Facts) -> bool:
    """Whether a port is only the one of its framework, at the place where that is named."""
    return fact.name == FactName.PORT and any(
        (other.name, other.path, other.line) == (FactName.FRAMEWORK, fact.path, fact.line)
        for other in found.found
    )


def _unlikeliness(facts: Facts) -> tuple[bool, bool, bool]:
    """The less the likelier it is that a project is about this."""
    is_static = facts.value(FactName.LANGUAGE) == "static"
    return (not _runs(facts), is_static, facts.value(FactName.FRAMEWORK) is None)


def _runs(facts: Facts) -> bool:
    """Whether there is something to run or to serve."""
    names = {FactName.ENTRY, FactName.START, FactName.PORT}
    if facts.value(FactName.LANGUAGE) not in _COMPILED:
        names.add(FactName.FRAMEWORK)
    return any(fact.name in names for fact in facts.found)


def _manifest_folder(path: str) -> str | None:
    """The folder of the application whose manifest this file is; None if it is none."""
    for name in _MANIFESTS:
        if name.startswith("*") and path.endswith(name[1:]):
            return path.rpartition("/")[0]
        if f"/{path}".endswith(f"/{name}"):
            return path.removesuffix(name).rstrip("/")
    return None
