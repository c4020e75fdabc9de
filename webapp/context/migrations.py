"""How a project migrates its database: by which command, or by itself when it starts."""

import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.context.code import sources
from webapp.context.commands import Command
from webapp.context.meters import Place
from webapp.context.tree import Tree, line_with
from webapp.domain.project import AT_START, Fact, FactName

_MIGRATES = re.compile(
    r"(?:python3?\s(?:[\w./-]{1,50}/)?manage\.py\smigrate|(?:django-admin)\smigrate"
    r"|\bflask\s(?:--app[ =]\S{1,100}\s)?db\supgrade"
    r"|\balembic\s(?:-\S{1,60}\s(?:\S{1,60}\s)?)?upgrade\s\w"
    r"|(?:\b(?:npx|pnpm|pnpm\sexec|yarn|bunx)\s)?(?:"
    r"\bprisma\smigrate\sdeploy|\bknex\s(?:--\S{1,60}\s){0,3}migrate:(?:latest|up)"
    r"|\bsequelize(?:-cli)?\sdb:migrate"
    r"|\btypeorm(?:-ts-node-\w{1,10})?\s(?:-\S{1,60}\s(?:\S{1,60}\s)?)?migration:run"
    r"|\bdrizzle-kit\smigrate|\bmikro-orm\smigration:up|\bnode-pg-migrate\sup)"
    r"|(?:bundle\sexec\s)?(?:\.?/?bin/)?(?:rails|rake)\sdb:(?:migrate|prepare)\b"
    r"|\bphp\sartisan\smigrate\b(?!:)"
    r"|\b(?:php\s)?bin/console\sdoctrine:migrations:migrate|\bvendor/bin/phinx\smigrate"
    r"|\bdotnet\sef\sdatabase\supdate|\bsqlx\s(?:migrate\srun|database\ssetup)"
    r"|\bdiesel\s(?:migration\srun|setup)"
    r"|\bsea-orm-cli\smigrate\sup|\bmigrate\s-(?:path|source|database)\s"
    r"|\bgoose\s(?:\S{1,200}\s){0,6}up\b"
    r"|\bdbmate\s(?:\S{1,100}\s){0,4}(?:up|migrate)\b|\batlas\smigrate\sapply|\btern\smigrate"
    r"|\bflyway\s(?:\S{1,200}\s){0,6}migrate\b|\bliquibase\s(?:\S{1,200}\s){0,6}update\b)"
    r"[^\n]{0,300}"
)
# With these nothing is migrated, or another database than the one that serves.
_TRIES = re.compile(r"--(?:check|plan|fake|pretend|sql|dry-run|dump-sql|status)\b|\bdown\b")
_AUTOMATIC = {"flyway": "flyway", "liquibase": "liquibase"}
# The libraries that bring a tool for migrations, what has to lie in the project, and the command.
_TOOLS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "python": (("alembic", r"(?:.*/)?alembic\.ini", "alembic upgrade head"),),
    "node": (
        ("@prisma/client", r"prisma/migrations/.+\.sql", "npx prisma migrate deploy"),
        ("knex", r"(?:.*/)?knexfile\.[cm]?[jt]s", "knex migrate:latest"),
        ("sequelize", r"(?:.*/)?migrations/.+\.[cm]?[jt]s", "npx sequelize-cli db:migrate"),
        ("drizzle-orm", r"drizzle\.config\.[cm]?[jt]s", "npx drizzle-kit migrate"),
    ),
    "php": (
        (
            "doctrine/doctrine-migrations-bundle",
            r"migrations/.+\.php",
            "php bin/console doctrine:migrations:migrate --no-interaction",
        ),
    ),
    "rust": (
        ("sqlx", r"migrations/.+\.sql", "sqlx migrate run"),
        ("diesel", r"migrations/.+\.sql", "diesel migration run"),
    ),
}
_RUST_AT_START = re.compile(r"\bsqlx::migrate!|\bembed_migrations!")
_DOTNET_AT_START = re.compile(r"\.Database\.Migrate(?:Async)?\(")
_DOTNET_MIGRATION = re.compile(r"(?:^|/)Migrations/[^/]+\.cs$")
_FLASK_FOUND = frozenset({"app", "application", "create_app()", "make_app()"})


def migrations(
    tree: Tree,
    language: str,
    libraries: Mapping[str, Place],
    entry: str | None,
    deploying: Sequence[Command],
    written: Sequence[Command],
) -> Iterator[Fact]:
    """The surest first: what deploys it, its framework, its tasks and pipelines, its libraries."""
    yield from _commanded(deploying)
    yield from _by_framework(tree, language, libraries)
    yield from _commanded(written)
    for library, pattern, command in _TOOLS.get(language, ()):
        path = _file(tree, pattern) if library in libraries else None
        if path:
            yield Fact(FactName.MIGRATIONS, command, path, 1)
    if language == "python" and "flask-migrate" in libraries and entry:
        module, _, name = entry.partition(":")
        app = module if name in _FLASK_FOUND else entry
        place = libraries["flask-migrate"]
        yield Fact(FactName.MIGRATIONS, f"flask --app '{app}' db upgrade", *place)


def _commanded(commands: Sequence[Command]) -> Iterator[Fact]:
    for command in commands:
        found = _MIGRATES.search(command.text)
        if found and not _TRIES.search(command.text):
            text = found[0].removeprefix("./").strip()
            yield Fact(FactName.MIGRATIONS, text, command.path, command.line)


def _by_framework(tree: Tree, language: str, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    if language == "python" and "django" in libraries and tree.has("manage.py"):
        command = "python manage.py migrate"
        yield Fact(FactName.MIGRATIONS, command, tree.path("manage.py"), 1)
    elif (
        language == "ruby" and "rails" in libraries and _file(tree, r"db/(?:migrate/.+|schema)\.rb")
    ):
        yield Fact(FactName.MIGRATIONS, "bin/rails db:migrate", *libraries["rails"])
    elif language == "php" and "laravel/framework" in libraries and tree.has("artisan"):
        line = line_with(tree.lines("artisan"), r"artisan|bootstrap/app") or 1
        command = "php artisan migrate --force"
        yield Fact(FactName.MIGRATIONS, command, tree.path("artisan"), line)
    elif language == "java":
        yield from _of_java(libraries)
    elif language == "dotnet":
        yield from _of_dotnet(tree, libraries)
    elif language == "rust":
        yield from _in_code(tree, (".rs",), _RUST_AT_START, "sqlx or Diesel")


def _of_java(libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """Flyway and Liquibase do it when the application starts."""
    for name, place in libraries.items():
        for part, title in _AUTOMATIC.items():
            if part in name.rpartition(":")[2]:
                yield Fact(FactName.MIGRATIONS, f"{AT_START}{title}", *place)


def _of_dotnet(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """Entity Framework: in the code, or by its tool, for migrations of a project in use."""
    if not any("entityframeworkcore" in name for name in libraries):
        return
    yield from _in_code(tree, (".cs",), _DOTNET_AT_START, "Entity Framework")
    folders = {path.rpartition("/")[0] for path, _ in libraries.values()}
    for path in sorted(tree.project):
        above = path.partition("/Migrations/")[0]
        if _DOTNET_MIGRATION.search(path) and above in folders | {tree.folder}:
            yield Fact(FactName.MIGRATIONS, "dotnet ef database update", path, 1)


def _in_code(
    tree: Tree, endings: tuple[str, ...], pattern: re.Pattern[str], by: str
) -> Iterator[Fact]:
    for path, text in sources(tree, endings):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Fact(FactName.MIGRATIONS, f"{AT_START}{by}", path, line)


def _file(tree: Tree, pattern: str) -> str | None:
    """The first file of the folder whose path there fits a pattern."""
    regex = re.compile(pattern)
    return min((path for path in tree.files if regex.fullmatch(tree.within(path))), default=None)
