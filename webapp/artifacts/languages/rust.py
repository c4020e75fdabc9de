"""Rust: the programs of a package, beside the C library they were built with."""

from collections.abc import Iterator

from webapp.artifacts.blueprint import App, present
from webapp.artifacts.languages.command import of_program
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    packages_to_build,
    packages_to_run,
    unknown_files,
)

_TOOLS = frozenset({"cargo", "cargo-watch", "env", "make"})
_CACHE = "/usr/local/cargo/registry"


def _install(app: App) -> Install:
    locked = " --locked" if app.lock or app.manifest is None else ""
    return Install(
        files=("Cargo.toml",),
        project=(
            f"cargo build --release{locked} --target-dir /build",
            "mkdir /out",
            "find /build/release -maxdepth 1 -type f -executable -exec cp {} /out ';'",
        ),
        for_tests=(f"cargo build --all-targets{locked}",),
        test=f"cargo test{locked}",
        unknown=unknown_files(app, "Cargo.toml", "cargo", "Cargo.lock"),
    )


def _start(app: App) -> StartCommand:
    return StartCommand(of_program(app.start, f"/app/{_program(app)}", _TOOLS))


def _program(app: App) -> str:
    """What Cargo calls it: the entry where that is a name, else as the package."""
    named = app.entry if app.entry and not app.entry.endswith(".rs") else None
    return (named or app.program or app.name).rpartition("/")[2]


def _build_stage(app: App, install: Install) -> Iterator[str]:
    yield f"FROM {app.build_image} AS build"
    yield from packages_to_build(app)
    yield from installed(app, install, "/src", cache=_CACHE)


def _last_stage(app: App) -> Iterator[str]:
    yield "FROM debian:bookworm-slim"
    if app.framework == "rocket" and app.listens:
        # Else it listens on 127.0.0.1 alone.
        yield f"ENV ROCKET_ADDRESS=0.0.0.0 ROCKET_PORT={app.listens}"
    yield from packages_to_run(app)
    yield "WORKDIR /app"
    yield "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/"
    yield "COPY --from=build /out ./"


def _left_open(app: App) -> tuple[str, ...]:
    return present(
        f"The program is taken to be called {_program(app)}, as the package is.",
        "Only the program is in the image: copy there what it reads from files, and install the "
        "libraries of the system that its crates link, such as libssl3 or libpq5."
        if not app.packages
        else "Only the program is in the image: copy there what it reads from files.",
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("**/target",),
    left_open=_left_open,
)
