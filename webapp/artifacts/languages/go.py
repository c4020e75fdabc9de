"""Go: one program without any library of the system, so that the smallest image will do."""

from collections.abc import Iterator

from webapp.artifacts.blueprint import App, listed, present
from webapp.artifacts.languages.command import of_program
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    unknown_files,
)

_TOOLS = frozenset({"air", "env", "go", "make", "reflex"})


def _install(app: App) -> Install:
    build = f"CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/{app.name} {_package(app)}"
    return Install(
        # A module without dependencies has no go.sum.
        files=("go.sum*", "go.mod"),
        dependencies="go mod download",
        project=(build,),
        for_tests=("go mod download", "go build ./..."),
        test="go test ./...",
        cache="go",
        unknown=unknown_files(app, "go.mod", "go", None),
    )


def _package(app: App) -> str:
    """The folder that is built, as Go names it from the folder of the application."""
    folder = app.in_folder(app.entry or ".")
    folder = folder.rpartition("/")[0] if folder.endswith(".go") else folder
    return f"./{folder}" if folder not in ("", ".") else "."


def _start(app: App) -> StartCommand:
    return StartCommand(of_program(app.start, f"/app/{app.name}", _TOOLS))


def _build_stage(app: App, install: Install) -> Iterator[str]:
    yield f"FROM {app.build_image} AS build"
    yield from installed(app, install, "/src")


def _last_stage(app: App) -> Iterator[str]:
    yield "FROM alpine:3.23"
    yield "WORKDIR /app"
    yield "COPY --from=build /out ./"


def _left_open(app: App) -> tuple[str, ...]:
    return present(
        "Only the program is in the image: copy there what it reads from files.",
        f"It needs {listed(app.packages)}, but is built without libraries of C: turn CGO on."
        if app.packages
        else None,
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    left_open=_left_open,
)
