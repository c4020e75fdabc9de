"""The image of an application: a Dockerfile and what its build must not see."""

import json
from collections.abc import Iterator

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    USER_ID,
    App,
    Language,
    present,
    read_app,
    unknown_port,
)
from webapp.artifacts.checks.dockerfile import check
from webapp.artifacts.install import Install, how_to_install
from webapp.artifacts.start_command import StartCommand, start_command, usual_command
from webapp.domain.artifact import ArtifactFile

_INSTRUCTIONS = """\
- Two stages at least: the first has compilers and the installer, the last only the slim runtime, \
what was installed and the application. Name the stages and copy with COPY --from=<name>.
- FROM names a tag with at least major and minor version (python:3.13-slim, node:24-slim), the \
version the project asks for. Never latest, never no tag, no image that is no longer supported.
- Order by how often things change: manifest and lock file first, then install, then the source. \
Install from the lock file and fail if it does not fit (npm ci, uv sync --locked, poetry install, \
pnpm install --frozen-lockfile); without development dependencies in the last stage. No package \
cache stays in a layer (pip --no-cache-dir; rm -rf /var/lib/apt/lists/* in the same RUN).
- apt-get update and apt-get install --yes --no-install-recommends in one RUN, only packages that \
are needed. With a pipe in RUN: SHELL ["/bin/bash", "-o", "pipefail", "-c"] first.
- COPY, not ADD; absolute WORKDIR, never cd; ARG for what only the build needs; never a secret in \
ARG, ENV or COPY (RUN --mount=type=secret if the build needs one).
- A user of its own with a fixed number (10001), USER with that number in the last stage, before \
CMD. Files belong to root and are only read; the application writes to /tmp or to a volume.
- CMD in exec form, ["program", "argument"], so that the process gets SIGTERM; a shell only with \
exec. The process listens on 0.0.0.0 at the port that EXPOSE names; a production server, not the \
debug server of a framework (gunicorn, uvicorn, next start). No EXPOSE for a worker.
- HEALTHCHECK in exec form, only if there is a route for it, with a program that the image has: \
slim images have no curl. Set interval, timeout, start period and retries.
- ENV for Python: PYTHONUNBUFFERED=1, PYTHONDONTWRITEBYTECODE=1; for Node: NODE_ENV=production.
- .dockerignore beside it: .git, .env and other secrets, installed dependencies, build results, \
caches, tests if the build does not need them. Never what COPY needs."""

_IGNORED = f"""\
{COMMENT}
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
.vscode
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
**/.coverage
# Not part of the application
**/*.log
**/*.sqlite3
Dockerfile
.dockerignore
compose*.yaml
k8s
"""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    install = how_to_install(app)
    start = start_command(app) or usual_command(app)
    stages = (_build_stage(app, install), _last_stage(app, start))
    content = "\n\n".join("\n".join(stage) for stage in stages)
    files = (
        ArtifactFile("Dockerfile", f"{COMMENT}\n{content}\n"),
        ArtifactFile(".dockerignore", _IGNORED),
    )
    return Template(files, (*_unknown(app, start), *install.unknown))


def _build_stage(app: App, install: Install) -> Iterator[str]:
    # The full image: it has the compilers that some packages need.
    yield f"FROM {app.runtime}:{app.runtime_version} AS build"
    is_python = app.runtime is Language.PYTHON
    if prepared := present(install.tool, "python -m venv /opt/venv" if is_python else None):
        yield f"RUN {' && '.join(prepared)}"
    if is_python:
        yield "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH"
    yield "WORKDIR /app"
    folder = f"{app.folder}/" if app.folder else ""
    if install.dependencies:
        yield "# Installed anew only when these files change."
        yield from _copied(install, folder)
        yield f"RUN {install.dependencies}"
    yield f"COPY {folder or '.'} ./"
    if install.project:
        yield f"RUN {' && '.join(install.project)}"


def _copied(install: Install, folder: str) -> Iterator[str]:
    for copied in (file for file in install.files if file.endswith("/")):
        yield f"COPY {folder}{copied} ./{copied}"
    files = [f"{folder}{file}" for file in install.files if not file.endswith("/")]
    if files:
        yield f"COPY {' '.join(files)} ./"


def _last_stage(app: App, start: StartCommand) -> Iterator[str]:
    yield f"FROM {app.runtime}:{app.runtime_version}-slim"
    if app.runtime is Language.PYTHON:
        yield "ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1"
    else:
        yield "ENV PATH=/app/node_modules/.bin:$PATH NODE_ENV=production"
    yield f"RUN groupadd --gid {USER_ID} app \\"
    yield f"    && useradd --uid {USER_ID} --gid app --create-home --shell /usr/sbin/nologin app"
    yield "WORKDIR /app"
    if app.runtime is Language.PYTHON:
        yield "COPY --from=build /opt/venv /opt/venv"
    yield "COPY --from=build /app ./"
    yield f"USER {USER_ID}:{USER_ID}"
    for name, port in app.given_port.items():
        yield f"ENV {name}={port}"
    if app.listens:
        yield f"EXPOSE {app.listens}"
    if app.healthcheck:
        yield "HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \\"
        yield f"    CMD {json.dumps(app.healthcheck)}"
    yield f"CMD {json.dumps(start.words)}"


def _unknown(app: App, start: StartCommand) -> tuple[str, ...]:
    title, version, shown = app.runtime.label, app.runtime_version, " ".join(start.words)
    is_guess = start_command(app) is None
    return present(
        f"The language is not known: {title} is assumed." if app.language is None else None,
        f"The version of {title} is not known: {version} is taken." if not app.version else None,
        f"How the application starts is not known: “{shown}” is assumed." if is_guess else None,
        f"{start.assumed} starts the application: it has to be among the dependencies."
        if start.assumed
        else None,
        unknown_port(app),
        "There is no HEALTHCHECK: no route for it is known."
        if app.listens and not app.health
        else None,
        "Migrations and collectstatic are not part of the image: run them when you deploy."
        if app.framework == "django"
        else None,
    )


KIND = Kind(
    name="dockerfile",
    title="Dockerfile",
    expected=("Dockerfile", ".dockerignore"),
    max_tokens=6_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    uses_linter=True,
)
