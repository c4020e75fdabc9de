"""Python: into a virtual environment, which the last stage takes over."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.artifacts.backing import is_secret
from webapp.artifacts.blueprint import App, present
from webapp.artifacts.languages.command import has, without_runner, words_of
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    packages_to_build,
    packages_to_run,
    taken_over,
    unknown_files,
    user_made,
)

_PIP = "pip install --no-cache-dir"
_PACKAGED = frozenset({"pyproject.toml", "setup.cfg", "setup.py"})
_USUAL_LOCKS = {"pipenv": "Pipfile.lock", "poetry": "poetry.lock", "uv": "uv.lock"}
_PYTEST = """\
if git ls-files '*test_*.py' '*_test.py' | grep --quiet .; then
  {runner} pytest
else
  echo "::notice::There are no test files: nothing was tested."
fi"""
_ASGI = frozenset({"fastapi", "litestar", "quart", "sanic", "starlette"})
_USUAL_WSGI = {"django": "config.wsgi:application"}
_RUNNERS = (("poetry", "run"), ("uv", "run"), ("pipenv", "run"))
_COLLECT = "python manage.py collectstatic --noinput"
_STAND_IN = "only-to-build"
_NO_DATABASE = "sqlite:////tmp/only-to-build"
_BIND = frozenset({"gunicorn", "hypercorn"})
_HOST_AND_PORT = frozenset({"uvicorn", "flask", "fastapi"})


def _install(app: App) -> Install:
    manifest = PurePosixPath(app.manifest or "").name
    if manifest.endswith(".txt"):
        return _requirements(app)
    tools = {"pipenv": _pipenv, "poetry": _poetry, "uv": _uv}
    if app.installer in tools:
        # Of a project that nobody has seen: the lock file it should have.
        lock = app.lock or (_USUAL_LOCKS[app.installer] if app.manifest is None else None)
        return tools[app.installer](app, lock)
    return _package(app, manifest) if manifest in _PACKAGED else _requirements(app)


def _unknown(app: App, manifest: str, used: str) -> tuple[str, ...]:
    return unknown_files(app, manifest, used, _USUAL_LOCKS.get(used))


def _requirements(app: App) -> Install:
    is_list = (app.manifest or "").endswith(".txt")
    path = PurePosixPath(app.manifest if app.manifest and is_list else "requirements.txt")
    folder = "requirements/" if path.parent.name == "requirements" else ""
    listed = f"{folder}{path.name}"
    for_tests = f"{folder}dev.txt" if folder else "requirements-dev.txt"
    install = "python -m pip install --requirement"
    return Install(
        files=(folder or listed,),
        dependencies=f"{_PIP} --requirement {listed}",
        for_tests=(
            f"{install} {listed}",
            f"if [ -f {for_tests} ]; then {install} {for_tests}; fi",
        ),
        test=_PYTEST.format(runner="python -m"),
        cache="pip",
        unknown=() if is_list else _unknown(app, listed, "pip"),
    )


def _package(app: App, manifest: str) -> Install:
    return Install(
        files=(manifest,),
        project=(f"{_PIP} .",),
        for_tests=("python -m pip install --editable .", "python -m pip install pytest"),
        test=_PYTEST.format(runner="python -m"),
        cache="pip",
        unknown=_unknown(app, manifest, "pip"),
    )


def _poetry(app: App, lock: str | None) -> Install:
    return Install(
        tool=f"{_PIP} poetry==2.5.1",
        files=present("pyproject.toml", lock),
        dependencies="poetry install --only=main --no-root --no-interaction",
        project=("poetry install --only=main --no-interaction",),
        for_tests=("poetry install --no-interaction",),
        test=_PYTEST.format(runner="poetry run"),
        unknown=_unknown(app, "pyproject.toml", "poetry"),
    )


def _uv(app: App, lock: str | None) -> Install:
    sync = "uv sync --locked" if lock else "uv sync"
    # --active: into the environment of the image, which the last stage takes over.
    return Install(
        tool=f"{_PIP} uv==0.13.9",
        files=present("pyproject.toml", lock),
        dependencies=f"{sync} --active --no-dev --no-install-project",
        project=(f"{sync} --active --no-dev --no-editable",),
        for_tests=(sync,),
        test=_PYTEST.format(runner="uv run"),
        unknown=_unknown(app, "pyproject.toml", "uv"),
    )


def _pipenv(app: App, lock: str | None) -> Install:
    install = "pipenv sync" if lock else "pipenv install --skip-lock"
    return Install(
        tool=f"{_PIP} pipenv==2026.10.3",
        files=present("Pipfile", lock),
        dependencies=install,
        for_tests=(f"{install} --dev",),
        test=_PYTEST.format(runner="pipenv run"),
        unknown=_unknown(app, "Pipfile", "pipenv"),
    )


def _start(app: App) -> StartCommand:
    if words := words_of(app.start):
        return StartCommand(_listening(without_runner(words, *_RUNNERS), app.listens))
    if app.entry and app.language:
        if ":" in app.entry:
            return _server(app.entry, app)
        if app.entry.endswith(".py"):
            return StartCommand(("python", app.in_folder(app.entry)))
    return _guess(app)


def _guess(app: App) -> StartCommand:
    if app.framework is None:
        return StartCommand(("python", "main.py"), is_guess=True)
    usual = "main:app" if app.framework in _ASGI else _USUAL_WSGI.get(app.framework, "app:app")
    return _server(usual, app, is_guess=True)


def _server(entry: str, app: App, *, is_guess: bool = False) -> StartCommand:
    if app.framework not in _ASGI:
        words = _listening(("gunicorn", entry), app.listens)
        return StartCommand(words, "gunicorn", is_guess)
    factory = ("--factory",) if entry.endswith("()") else ()
    words = ("uvicorn", *factory, entry.removesuffix("()"))
    return StartCommand(_listening(words, app.listens), "uvicorn", is_guess)


def _listening(words: tuple[str, ...], port: int | None) -> tuple[str, ...]:
    """The command, told to listen on all addresses where it can be told and was not yet."""
    if port is None:
        return words
    if words[0] in _BIND and not has(words, "-b", "--bind"):
        return (*words, f"--bind=0.0.0.0:{port}")
    if words[0] in _HOST_AND_PORT:
        host = () if has(words, "-h", "--host") else ("--host=0.0.0.0",)
        return (*words, *host, *(() if has(words, "-p", "--port") else (f"--port={port}",)))
    return words


def _build_stage(app: App, install: Install) -> Iterator[str]:
    # The full image: it has the compilers that some packages need.
    yield f"FROM {app.build_image} AS build"
    yield f"RUN {' && '.join(present(install.tool, 'python -m venv /opt/venv'))}"
    yield from packages_to_build(app)
    yield "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH"
    yield from installed(app, install, "/app")
    if collected := _collected(app):
        yield f"RUN {collected}"


def _collected(app: App) -> str | None:
    """What collects the static files of Django into the image; None where they go elsewhere.

    Its settings are read for that: what they cannot do without gets a value that is no secret.
    """
    if app.static != _COLLECT or any(folder.startswith("/") for folder in app.static_folders):
        return None
    given = [f"{name}={_STAND_IN}" for name in app.env if is_secret(name)]
    given += [f"{name}={_NO_DATABASE}" for name in app.env if name.endswith("DATABASE_URL")]
    return " ".join((*given, _COLLECT))


def _last_stage(app: App) -> Iterator[str]:
    yield f"FROM python:{app.runtime_version}-slim"
    yield "ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1"
    yield from packages_to_run(app)
    yield from user_made()
    yield "COPY --from=build /opt/venv /opt/venv"
    yield from taken_over(app)


def _left_open(app: App) -> tuple[str, ...]:
    is_django = app.framework == "django"
    return present(
        None if not is_django else _about_static(app),
    )


def _about_static(app: App) -> str:
    if _collected(app):
        return (
            "collectstatic runs in the build, where secrets and databases are stand-ins: what else "
            "the settings demand has to be given there."
        )
    return "collectstatic is not part of the image: run it when you deploy."


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    left_open=_left_open,
)
