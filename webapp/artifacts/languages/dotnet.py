""".NET: published by the SDK out of the whole project, started by the runtime alone."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.artifacts.blueprint import App, present
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    packages_to_build,
    packages_to_run,
    unknown_files,
)

_CACHE = "/root/.nuget/packages"
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
# Their place is beside the application, and a solution is not always there to name them.
_TESTS = """\
tests=$(git ls-files ':(top)*Test.?sproj' ':(top)*Tests.?sproj')
if [ -z "$tests" ]; then
  echo "::notice::There are no test projects: nothing was tested."
fi
for project in $tests; do
  dotnet test "$project"
done"""


def _project(app: App) -> str | None:
    """The file of the project to publish; None if its folder has to tell."""
    name = PurePosixPath(app.manifest or "").name
    return name if name.endswith(_PROJECTS) else None


def _install(app: App) -> Install:
    project = _project(app)
    what = f" {project}" if project else ""
    publish = f"dotnet publish{what} --configuration Release -p:UseAppHost=false --output /out"
    return Install(
        files=(project or "*.csproj",),
        project=(publish,),
        for_tests=(f"dotnet build{what}",),
        test=_TESTS,
        unknown=unknown_files(app, "one *.csproj", "nuget", None),
    )


def _start(app: App) -> StartCommand:
    return StartCommand(("dotnet", _library(app)), is_guess=not (app.entry or _project(app)))


def _library(app: App) -> str:
    """What is started: as the project says, else it is called as the file of the project is."""
    if app.entry and app.entry.endswith(".dll"):
        return app.entry.rpartition("/")[2]
    named = app.entry if (app.entry or "").endswith(_PROJECTS) else _project(app)
    return f"{PurePosixPath(named).stem if named else app.program or app.name}.dll"


def _build_stage(app: App, install: Install) -> Iterator[str]:
    yield f"FROM {app.build_image} AS build"
    yield from packages_to_build(app)
    yield from installed(app, install, "/src", cache=_CACHE)


def _last_stage(app: App) -> Iterator[str]:
    runtime = "aspnet" if app.listens else "runtime"
    yield f"FROM mcr.microsoft.com/dotnet/{runtime}:{app.runtime_version}"
    yield "ENV DOTNET_EnableDiagnostics=0"
    yield from packages_to_run(app)
    yield "WORKDIR /app"
    yield "COPY --from=build /out ./"


def _left_open(app: App) -> tuple[str, ...]:
    return present(
        "The project to publish is not known: the folder has to hold only one."
        if _project(app) is None
        else None,
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("**/bin", "**/obj", "**/.vs"),
    left_open=_left_open,
)
