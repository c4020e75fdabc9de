"""What templates have to know of a language: how it is installed, put into an image, started."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webapp.artifacts.blueprint import USER_ID, App, present


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


@dataclass(frozen=True, slots=True)
class StartCommand:
    """The words to run. `assumed` is a program that has to be among the dependencies."""

    words: tuple[str, ...]
    assumed: str | None = None
    is_guess: bool = False


def _nothing(_: App) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One language. The stages are lines of a Dockerfile, the last one up to its user.

    `ignored` are patterns of what is installed or built anew in the image, `left_open` sentences
    about what the template could not decide.
    """

    install: Callable[[App], Install]
    start: Callable[[App], StartCommand]
    build_stage: Callable[[App, Install], Iterator[str]]
    last_stage: Callable[[App], Iterator[str]]
    ignored: tuple[str, ...] = ()
    left_open: Callable[[App], tuple[str, ...]] = _nothing


def installed(app: App, install: Install, root: str, *, cache: str | None = None) -> Iterator[str]:
    """The lines that copy an application into a folder of the build stage and install it there.

    `cache` is a folder whose content the next build finds again.
    """
    run = f"RUN --mount=type=cache,target={cache}" if cache else "RUN"
    yield f"WORKDIR {root}"
    commands = install.project
    if app.context != app.folder:
        # What it needs may lie anywhere above: there is nothing to copy before the rest.
        yield "COPY . ./"
        yield f"WORKDIR {root}/{app.folder}"
        commands = (*present(install.dependencies), *commands)
    else:
        if install.dependencies:
            yield "# Installed anew only when these files change."
            yield from _copied(install)
            yield f"{run} {install.dependencies}"
        yield "COPY . ./"
    if commands:
        lines = " \\\n    && ".join(commands)
        yield f"{run} {lines}"


def _copied(install: Install) -> Iterator[str]:
    for folder in (file for file in install.files if file.endswith("/")):
        yield f"COPY {folder} ./{folder}"
    files = [file for file in install.files if not file.endswith("/")]
    if files:
        yield f"COPY {' '.join(files)} ./"


def taken_over(app: App) -> Iterator[str]:
    """The lines of the last stage that take the application as it lies in the build stage."""
    yield "WORKDIR /app"
    yield "COPY --from=build /app ./"
    if app.context != app.folder:
        yield f"WORKDIR /app/{app.folder}"


# The full images, in which is built, have these.
_IN_FULL_IMAGES = frozenset(
    {"libbz2-dev", "libcurl4-openssl-dev", "libevent-dev", "libffi-dev", "libjpeg-dev"}
    | {"libmagickcore-dev", "libmagickwand-dev", "libmariadb-dev", "libncurses-dev", "libpng-dev"}
    | {"libpq-dev", "libsqlite3-dev", "libssl-dev", "libwebp-dev", "libxml2-dev", "libxslt-dev"}
    | {"libyaml-dev", "zlib1g-dev"}
)


def packages_to_build(app: App) -> Iterator[str]:
    """The lines that install what of Debian is needed to build it, beside a full image."""
    debian = (name for name in app.packages if name.endswith("-dev"))
    yield from _packages([name for name in debian if name not in _IN_FULL_IMAGES])


def packages_to_run(app: App) -> Iterator[str]:
    """The lines that install what of Debian it needs where it runs."""
    yield from _packages([name for name in app.packages if not name.endswith("-dev")])


def _packages(names: list[str]) -> Iterator[str]:
    if names:
        yield "RUN apt-get update \\"
        yield f"    && apt-get install --yes --no-install-recommends {' '.join(names)} \\"
        yield "    && rm -rf /var/lib/apt/lists/*"


def user_made() -> Iterator[str]:
    """The lines that give the user of an image of Debian a name and a home."""
    yield f"RUN groupadd --gid {USER_ID} app \\"
    yield f"    && useradd --uid {USER_ID} --gid app --create-home --shell /usr/sbin/nologin app"


def unknown_files(app: App, manifest: str, used: str, lock: str | None) -> tuple[str, ...]:
    """What to say of the files that name the dependencies; `lock` is the usual one, if any."""
    assumed = f"{manifest} and {lock}" if lock else manifest
    return present(
        f"No template knows {app.installer}: {used} is used instead."
        if app.installer not in (None, used, "pip")
        else None,
        f"Where the dependencies are listed is not known; assumed: {assumed} at the top."
        if app.manifest is None
        else None,
        f"No lock file is known: commit {lock}, else every build may install other versions."
        if app.manifest is not None and app.lock is None and lock
        else None,
    )
