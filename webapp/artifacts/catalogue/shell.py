"""Scripts for whoever operates an application: they build its image and run, deploy, save it."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.backing import Backing, assumed, known, unknown_variables
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    FIRST_TAG,
    App,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.checks.shell import check
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Files under scripts/, one task each, named after it: scripts/build.sh, scripts/deploy.sh, \
scripts/rollback.sh, scripts/backup.sh; only those that the brief asks for.
- #!/usr/bin/env bash in the first line, then a comment of one or two lines: what the script does, \
its arguments and the variables it needs. Then set -euo pipefail.
- The folder of the project is found from ${BASH_SOURCE[0]}, never from where the user happens to \
be. What the script needs is looked for first (command -v docker), and a sentence on stderr says \
what is missing.
- Arguments have a default or are demanded by ${1:?usage: deploy.sh VERSION}; variables by \
${NAME:?set NAME}. Every expansion is quoted; lists are arrays ("${options[@]}"); [[ ]] for tests, \
$(…) and no backticks, local for the variables of functions. No eval.
- Nothing is removed by a path that could be empty or /: "${folder:?}/". Temporary files by \
mktemp -d and a trap on EXIT.
- Whatever is run twice does no harm: a deployment that is there already is no error. Before \
something is replaced, what was there is kept, so that there is a way back; after a start the \
script waits for the health route, a bounded number of times, and fails if it does not answer.
- No password, token or key in a script, and none as an argument of a program, where every user \
of the machine sees it: from the environment, from a file, or through stdin (docker login \
--password-stdin). Never set -x where secrets are used.
- Nothing from the network is piped into a shell. No comment silences ShellCheck.
- Messages say what is done and what to do next; errors go to stderr, and the exit code is not 0."""

_HEAD = "#!/usr/bin/env bash\n" + COMMENT
_START = """\
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

if ! command -v docker > /dev/null; then
  echo "Docker is not installed: this script needs it." >&2
  exit 1
fi
"""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    services = known(app.services)
    files = (
        ArtifactFile("scripts/build.sh", _build(app)),
        ArtifactFile("scripts/run-local.sh", "\n".join(_run(app, services)) + "\n"),
    )
    return Template(files, _unknown(app, services))


def _build(app: App) -> str:
    return f"""\
{_HEAD}
# Builds the image of {app.name} from the Dockerfile. Usage: scripts/build.sh [VERSION]
{_START}
image="{app.name}:${{1:-{FIRST_TAG}}}"
docker build --pull --tag "${{image}}" {app.built_from}
echo "Built ${{image}}: start it with scripts/run-local.sh."
"""


def _run(app: App, services: Sequence[Backing]) -> Iterator[str]:
    yield _HEAD
    yield f"# Runs {app.name} on this machine, as the image that scripts/build.sh built."
    yield "# Usage: scripts/run-local.sh [VERSION]"
    yield _START
    yield f'image="{app.name}:${{1:-{FIRST_TAG}}}"'
    yield "options=("
    yield "  --rm --init --interactive"
    yield "  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true"
    if app.listens:
        yield f"  --publish 127.0.0.1:{app.listens}:{app.listens}"
    yield from (f"  --env {name}={value}" for name, value in app.given_port.items())
    # Without a value: Docker takes it from the user's environment, where it stays.
    yield from (f"  --env {name}" for name in (*app.env, *assumed(app.env, services)))
    yield ")"
    if app.listens:
        yield f'echo "{app.name} listens on http://localhost:{app.listens}; Ctrl-C ends it."'
    yield 'exec docker run "${options[@]}" "${image}"'


def _unknown(app: App, services: Sequence[Backing]) -> tuple[str, ...]:
    names = (*app.env, *assumed(app.env, services))
    titles = " and ".join(service.title for service in services)
    return present(
        unknown_name(app),
        f"Set {listed(names)} in the environment before scripts/run-local.sh." if names else None,
        f"The scripts do not start {titles}." if services else None,
        unknown_variables(app.env, services),
        unknown_port(app),
        "Where images are kept is not known: no script pushes the image.",
    )


KIND = Kind(
    name="shell",
    title="Operations scripts",
    expected=("scripts/*.sh",),
    max_tokens=8_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    uses_linter=True,
    wants=(
        FileGroup.MANIFEST,
        FileGroup.CONTAINER,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.CI,
        FileGroup.README,
    ),
)
