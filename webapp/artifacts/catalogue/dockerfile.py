"""The image of an application: a Dockerfile and what its build must not see."""

import json
from collections.abc import Iterator

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import COMMENT, USER_ID, App, present, read_app, unknown_port
from webapp.artifacts.checks.dockerfile import check
from webapp.artifacts.languages import RECIPES
from webapp.artifacts.languages.recipe import Recipe, StartCommand
from webapp.artifacts.migrating import MIGRATING, migration, unknown_migration
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Two stages at least: the first has compilers and the installer, the last only the slim runtime, \
what was installed and the application. Name the stages and copy with COPY --from=<name>.
- FROM names a tag with at least major and minor version (python:3.13-slim, node:24-slim, \
ruby:3.4-slim), the version the project asks for; of Java, which has no minor ones, the major \
(eclipse-temurin:21-jre). Never latest, never no tag, no image that is no longer supported.
- Compiled languages leave their compiler behind: Go a static program (CGO_ENABLED=0) in alpine or \
distroless, Java a jar in a JRE, .NET what dotnet publish writes in aspnet or runtime, Rust a \
program beside the C library it was built with. A static site is served by an nginx without rights.
- Order by how often things change: manifest and lock file first, then install, then the source. \
Install from the lock file and fail if it does not fit (npm ci, uv sync --locked, poetry install, \
pnpm install --frozen-lockfile, BUNDLE_DEPLOYMENT=1, composer install, cargo --locked); without \
development dependencies in the last stage. No package cache stays in a layer (pip \
--no-cache-dir; rm -rf /var/lib/apt/lists/* in the same RUN).
- apt-get update and apt-get install --yes --no-install-recommends in one RUN, only packages that \
are needed. With a pipe in RUN: SHELL ["/bin/bash", "-o", "pipefail", "-c"] first.
- COPY, not ADD; absolute WORKDIR, never cd; ARG for what only the build needs; never a secret in \
ARG, ENV or COPY (RUN --mount=type=secret if the build needs one).
- A user of its own with a fixed number (10001), USER with that number in the last stage, before \
CMD. Files belong to root and are only read; the application writes to /tmp or to a volume.
- Static files are made in the build (collectstatic, assets:precompile, npm run build) and copied \
from there; migrations are no part of CMD: they run once before a new version starts.
- CMD in exec form, ["program", "argument"], so that the process gets SIGTERM; a shell only with \
exec. The process listens on 0.0.0.0 at the port that EXPOSE names; a production server, not the \
debug server of a framework (gunicorn, uvicorn, next start, puma, FrankenPHP). No EXPOSE for a \
worker.
- HEALTHCHECK in exec form, only if there is a route for it, with a program that the image has: \
slim images have no curl. Set interval, timeout, start period and retries.
- ENV for Python: PYTHONUNBUFFERED=1, PYTHONDONTWRITEBYTECODE=1; for Node: NODE_ENV=production; \
for Rails: RAILS_ENV=production.
- The Dockerfile of an application in a folder is built from that folder, unless it needs what \
lies above it: then say so in the notes.
- .dockerignore beside it: .git, .env and other secrets, installed dependencies, build results, \
caches, tests if the build does not need them. Never what COPY needs."""

_SECRETS = """\
# Secrets and what only one machine knows
**/.env
**/.env.*
!**/.env.example
**/*.pem
**/*.key
.git
.gitignore
.github
.idea
.vscode"""
_BUILT = """\
# Installed or built anew in the image
**/node_modules
**/.next
**/.venv
**/venv
**/__pycache__
**/*.py[cod]
**/.pytest_cache
**/.mypy_cache
**/.ruff_cache
**/coverage
**/.coverage"""
_OTHERS = """\
# Not part of the application
**/*.log
**/*.sqlite3
**/Dockerfile
**/.dockerignore
compose*.yaml
k8s"""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    recipe = RECIPES[app.runtime]
    install, start = recipe.install(app), recipe.start(app)
    stages = (recipe.build_stage(app, install), _last_stage(app, recipe, start))
    content = "\n\n".join(filter(None, map("\n".join, stages)))
    ignored = "\n".join((COMMENT, _SECRETS, _BUILT, *recipe.ignored, _OTHERS, ""))
    files = (
        ArtifactFile("Dockerfile", f"{COMMENT}\n{content}\n"),
        ArtifactFile(".dockerignore", ignored),
    )
    unknown = (*_unknown(app, start), *recipe.left_open(app), *install.unknown)
    return Template(files, unknown)


def _last_stage(app: App, recipe: Recipe, start: StartCommand) -> Iterator[str]:
    yield from recipe.last_stage(app)
    yield f"USER {USER_ID}:{USER_ID}"
    for name, port in app.given_port.items():
        yield f"ENV {name}={port}"
    if app.listens:
        yield f"EXPOSE {app.listens}"
    if app.healthcheck:
        yield "HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \\"
        yield f"    CMD {json.dumps(app.healthcheck)}"
    yield f"CMD {json.dumps(start.words)}"


def _where(app: App) -> str | None:
    if not app.folder:
        return None
    if app.context == app.folder:
        return f"Put both files into {app.folder}: the image is built from there."
    return (
        f"Put the Dockerfile into {app.folder} and leave .dockerignore at the top: the image is "
        "built from the whole project."
    )


def _unknown(app: App, start: StartCommand) -> tuple[str, ...]:
    title, version, shown = app.runtime.label, app.runtime_version, " ".join(start.words)
    return present(
        _where(app),
        f"The language is not known: {title} is assumed." if app.language is None else None,
        f"The version of {title} is not known: {version} is taken."
        if version and not app.version
        else None,
        f"How the application starts is not known: “{shown}” is assumed."
        if start.is_guess
        else None,
        f"{start.assumed} starts the application: it has to be among the dependencies."
        if start.assumed
        else None,
        unknown_port(app),
        _migrations(app),
        unknown_migration(app),
        "There is no HEALTHCHECK: no route for it is known."
        if app.listens and not app.health
        else None,
    )


def _migrations(app: App) -> str | None:
    if migration(app):
        return f"Migrations are not part of the start: run “{app.migrations}” when you deploy."
    if app.framework in MIGRATING and not app.migrations:
        return "Migrations are not part of the start: run them when you deploy."
    return None


KIND = Kind(
    name="dockerfile",
    title="Dockerfile",
    expected=("Dockerfile", ".dockerignore"),
    max_tokens=6_000,
    version=3,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    uses_linter=True,
    wants=(
        FileGroup.MANIFEST,
        FileGroup.CONTAINER,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.README,
        FileGroup.CI,
    ),
)
