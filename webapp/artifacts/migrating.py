"""How the database of an application is migrated before it starts, with what its image has."""

from webapp.artifacts.blueprint import App
from webapp.artifacts.language import Language
from webapp.artifacts.languages.command import is_script, without_runner, words_of

_RUNNERS = (
    *(("poetry", "run"), ("uv", "run"), ("pipenv", "run")),
    *(("npx",), ("yarn",), ("pnpm", "exec"), ("pnpm",), ("bunx",)),
)
# Frameworks that keep a database unless somebody turns that off.
MIGRATING = frozenset({"django", "laravel", "rails", "symfony"})
# Of other languages the tool is a program of its own, which no image of a template has.
_HAVE_TOOLS = frozenset({Language.PYTHON, Language.RUBY, Language.PHP})
# Of Node.js these come with the library; those of others are there for developers alone.
_WITH_LIBRARY = frozenset({"knex", "typeorm"})


def migration(app: App) -> tuple[str, ...] | None:
    """The words that migrate the database inside its image; None where it has no tool for that."""
    words = words_of(app.migrations)
    if words is None or is_script(words):
        return None
    bare = without_runner(words, *_RUNNERS)
    is_there = app.language in _HAVE_TOOLS or bare[0] in _WITH_LIBRARY
    return bare if is_there else None


def unknown_migration(app: App) -> str | None:
    """What to say where nothing in the artifact migrates the database."""
    if app.migrations is None or migration(app):
        return None
    return (
        f"Run “{app.migrations}” before each start of a new version: the tool for it is not in "
        "the image."
    )
