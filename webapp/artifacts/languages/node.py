"""Node.js: what was installed lies in the folder of the application."""

from collections.abc import Iterator

from webapp.artifacts.blueprint import App, present
from webapp.artifacts.languages.command import without_runner, words_of
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

COREPACK = "npm install --global corepack@0.36.0 && corepack enable"
_USUAL_LOCKS = {"npm": "package-lock.json", "pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock"}
# Yarn 1 and the later ones do it by different commands, and which it is is not known.
_PRUNE = {"npm": "npm prune --omit=dev", "pnpm": "CI=true pnpm prune --prod"}


def _install(app: App) -> Install:
    installer = app.installer if app.installer in ("pnpm", "yarn") else "npm"
    # Of a project that nobody has seen: the lock file it should have.
    lock = app.lock or (_USUAL_LOCKS[installer] if app.manifest is None else None)
    dependencies = f"{installer} install" + (" --frozen-lockfile" if lock else "")
    if installer == "npm":
        dependencies = "npm ci" if lock else "npm install"
    build = "npm run build --if-present"
    kept = "The image keeps the development dependencies: leave them out as your Yarn does it."
    return Install(
        tool=None if installer == "npm" else COREPACK,
        files=present("package.json", lock),
        dependencies=dependencies,
        project=present(build, _PRUNE.get(installer)),
        for_tests=(dependencies, build),
        test="npm test --if-present",
        cache="npm" if installer == "npm" and lock else None,
        unknown=(
            *unknown_files(app, "package.json", installer, _USUAL_LOCKS[installer]),
            *present(kept if installer == "yarn" else None),
        ),
    )


def _start(app: App) -> StartCommand:
    if words := words_of(app.start):
        return StartCommand(_without_runner(words))
    if app.entry and ":" not in app.entry:
        return StartCommand(("node", app.in_folder(app.entry)))
    return StartCommand(("npm", "start"), is_guess=True)


def _without_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    # They are not in the last stage of an image, and not needed there: PATH leads to what they run.
    if words[0] in ("pnpm", "yarn") and len(words) > 1:
        return ("npm", "run", *words[2 if words[1] == "run" else 1 :])
    return without_runner(words, ("npx",))


def _build_stage(app: App, install: Install) -> Iterator[str]:
    # The full image: it has the compilers that some packages need.
    yield f"FROM {app.build_image} AS build"
    if install.tool:
        yield f"RUN {install.tool}"
    yield from packages_to_build(app)
    yield from installed(app, install, "/app")


def _last_stage(app: App) -> Iterator[str]:
    yield f"FROM node:{app.runtime_version}-slim"
    folders = dict.fromkeys(("/app", f"/app/{app.folder}" if app.is_part else "/app"))
    programs = ":".join(f"{folder}/node_modules/.bin" for folder in folders)
    yield f"ENV PATH={programs}:$PATH NODE_ENV=production"
    yield from packages_to_run(app)
    yield from user_made()
    yield from taken_over(app)


RECIPE = Recipe(install=_install, start=_start, build_stage=_build_stage, last_stage=_last_stage)
