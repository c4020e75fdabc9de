"""The facts of a project, and how they and those of a brief come together.

Pure reading of text: nothing of a project is run, and what cannot be told is left open.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from webapp.context import node_facts, python_facts
from webapp.context.python_manifest import LISTS
from webapp.context.tree import Tree, is_test, tree
from webapp.domain.project import Fact, FactName, Facts, ProjectFile

MAX_VALUE_CHARS = 500
MAX_MANY = 200  # of the facts of which there may be many
MAX_FOLDERS = 50
_MANY = frozenset({FactName.ENV, FactName.SERVICE})
_MANIFESTS = {*LISTS, "Pipfile", "package.json", "pyproject.toml", "setup.cfg"}
_ORDER = list(FactName)


def find_facts(files: Sequence[ProjectFile]) -> Facts:
    """What the files say of the application among them, with the place of each fact.

    Where there are several applications it is the one with a framework, else the one nearest to
    the top. Each fact is there once, but for variables and services.
    """
    chosen = _choose([file for file in files if not is_test(file.path)])
    if chosen is None:
        return Facts()
    found, said = chosen
    language = python_facts if said[0].value == "python" else node_facts
    return Facts(tuple(_tidy([*said, *language.of_code(found, said)])))


def merge(project: Facts, brief: Facts) -> Facts:
    """The facts of a project completed by those of the brief, the surest first within each name.

    What a project says of itself stays the surest: words do not change what its code is. Two
    things the brief may choose, as it is the request: the version of the language, and the port
    where the project takes it from PORT or where only its framework's default is known. What the
    brief says of another language than the project's is left out.
    """
    language = project.value(FactName.LANGUAGE)
    known = {(fact.name, fact.value) for fact in project.found}
    asked = [
        fact
        for fact in brief.found
        if (fact.name, fact.value) not in known and not _is_foreign(fact, language, brief)
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
        if name in _MANY:
            yield from sorted(named[:MAX_MANY], key=lambda fact: (fact.path, fact.line))
        else:
            yield from named[:1]


def _is_shown(value: str) -> bool:
    return 0 < len(value) <= MAX_VALUE_CHARS and value.isprintable()


def _choose(sources: Sequence[ProjectFile]) -> tuple[Tree, list[Fact]] | None:
    """The application among the files, and what is known of it without its code."""
    folders = {folder for file in sources if (folder := _manifest_folder(file.path)) is not None}
    nearest = sorted(folders, key=lambda folder: (folder.count("/") + bool(folder), folder))
    candidates: list[tuple[Tree, list[Fact]]] = []
    for folder in nearest[:MAX_FOLDERS]:
        found = tree(sources, folder)
        said = (python_facts.declared(found), node_facts.declared(found))
        candidates += [(found, facts) for facts in said if facts]
    for found, facts in candidates:
        if any(fact.name == FactName.FRAMEWORK for fact in facts):
            return found, facts
    if candidates:
        return candidates[0]
    top = tree(sources, "")
    loose = python_facts.loose(top)
    return (top, loose) if loose else None


def _manifest_folder(path: str) -> str | None:
    """The folder of the application whose manifest this file is; None if it is none."""
    folder, _, name = path.rpartition("/")
    above, _, last = folder.rpartition("/")
    if last == "requirements" and f"requirements/{name}" in LISTS:
        return above
    return folder if name in _MANIFESTS else None
