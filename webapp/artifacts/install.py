"""How the dependencies of an application are installed, the same in its image and in CI."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from webapp.artifacts.blueprint import App, Language, present

_COREPACK = "npm install --global corepack@0.36.0 && corepack enable"
_PIP = "pip install --no-cache-dir"
_PACKAGED = frozenset({"pyproject.toml", "setup.cfg", "setup.py"})
_USUAL_LOCKS = {
    "npm": "package-lock.json",
    "pipenv": "Pipfile.lock",
    "pnpm": "pnpm-lock.yaml",
    "poetry": "poetry.lock",
    "uv": "uv.lock",
    "yarn": "yarn.lock",
}
# Yarn 1 and the later ones do it by different commands, and which it is is not known.
_PRUNE = {"npm": "npm prune --omit=dev", "pnpm": "CI=true pnpm prune --prod"}
_PYTEST = """\
if git ls-files '*test_*.py' '*_test.py' | grep --quiet .; then
  {runner} pytest
else
  echo "::notice::There are no test files: nothing was tested."
fi"""


@dataclass(frozen=True, slots=True)
class Install:
    """Commands to run in the folder of the application, in this order.

    `tool` brings the installer; `dependencies` needs only `files` (or a folder, that ends with
    “/”), `project` all files. `for_tests` and `test` stand alone: they are the steps of CI. `cache`
    is what the set-up actions of GitHub call the installer, where they can keep its downloads.
    """

    files: tuple[str, ...]
    for_tests: tuple[str, ...]
    test: str
    tool: str | None = None
    dependencies: str | None = None
    project: tuple[str, ...] = ()
    cache: str | None = None
    unknown: tuple[str, ...] = ()


def how_to_install(app: App) -> Install:
    """What the project says, and where it says nothing, what is usual."""
    if app.runtime is Language.NODE:
        return _node(app, app.installer if app.installer in ("pnpm", "yarn") else "npm")
    manifest = PurePosixPath(app.manifest or "").name
    if manifest.endswith(".txt"):
        return _requirements(app)
    tools = {"pipenv": _pipenv, "poetry": _poetry, "uv": _uv}
    if app.installer in tools:
        return tools[app.installer](app, _lock(app, app.installer))
    return _package(app, manifest) if manifest in _PACKAGED else _requirements(app)


def _lock(app: App, installer: str) -> str | None:
    """The lock file; of a project that nobody has seen, the one it should have."""
    return app.lock or (_USUAL_LOCKS[installer] if app.manifest is None else None)


def _unknown(app: App, manifest: str, used: str) -> tuple[str, ...]:
    lock = _USUAL_LOCKS.get(used)
    assumed = f"{manifest} and {lock}" if lock else manifest
    is_locked = app.lock is not None or lock is None
    return present(
        f"No template knows {app.installer}: {used} is used instead."
        if app.installer not in (None, used, "pip")
        else None,
        f"Where the dependencies are listed is not known; assumed: {assumed} at the top."
        if app.manifest is None
        else None,
        f"There is no lock file: commit {lock}, else every build may install other versions."
        if app.manifest is not None and not is_locked
        else None,
    )


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


def _node(app: App, installer: str) -> Install:
    lock = _lock(app, installer)
    dependencies = f"{installer} install" + (" --frozen-lockfile" if lock else "")
    if installer == "npm":
        dependencies = "npm ci" if lock else "npm install"
    build = "npm run build --if-present"
    kept = "The image keeps the development dependencies: leave them out as your Yarn does it."
    return Install(
        tool=None if installer == "npm" else _COREPACK,
        files=present("package.json", lock),
        dependencies=dependencies,
        project=present(build, _PRUNE.get(installer)),
        for_tests=(dependencies, build),
        test="npm test --if-present",
        cache="npm" if installer == "npm" and lock else None,
        unknown=(
            *_unknown(app, "package.json", installer),
            *present(kept if installer == "yarn" else None),
        ),
    )
