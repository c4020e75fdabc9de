"""Continuous integration on GitHub: install, test, build the image."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, Language, present, read_app, unknown_name
from webapp.artifacts.checks.github_actions import check
from webapp.artifacts.github_setup import CHECKOUT, VERSIONS, language_steps
from webapp.artifacts.install import Install, how_to_install
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Files under .github/workflows/, ci.yml for pull requests and the default branch; a separate \
workflow for what publishes, only if the brief asks for it.
- permissions: contents: read at the top; more only in the job that needs it. Never write-all, \
never pull_request_target together with a checkout of the pull request.
- Every action is pinned to a full commit SHA with its version in a comment (actions/checkout@<40 \
hex digits> # v7.0.0). If you are not certain of a SHA, use the exact version tag of an action of \
GitHub itself and say so in the notes. As few actions as possible: docker build in a run step \
needs none.
- actions/checkout with persist-credentials: false. The set-up action of the language \
(setup-python, setup-node, setup-go, setup-java, setup-dotnet, ruby/setup-ruby) with the version \
of the project and its cache where there is a lock file; Rust by the rustup of the runner.
- Install from the lock file (npm ci, uv sync --locked, poetry install, bundle install, composer \
install), then lint and test with the commands that the project itself has; services with a health \
check for the databases tests need.
- Build the image in a job that needs the tests; push only from the default branch or a tag.
- Nothing from outside is put into a script by ${{ }}: a title, a branch name, an input goes \
through env and is used as "$NAME". Secrets only as ${{ secrets.NAME }} in the env of the one \
step.
- timeout-minutes in every job; concurrency per ref with cancel-in-progress for pull requests; a \
fixed runner (ubuntu-24.04); every needs, matrix key and step id that is used exists.
- Versions are quoted ("3.10" is no number). Scripts of several lines use run: |."""

_RUNNER = "ubuntu-24.04"


_TESTED = {
    Language.PYTHON: "pytest runs where files are named like tests",
    Language.NODE: "npm test runs if package.json has such a script",
    Language.RUBY: "RSpec, Rails or Rake runs where there is a folder of tests for it",
    Language.PHP: "Artisan, Pest or PHPUnit runs, whichever is there",
    Language.DOTNET: "projects whose names end with Test or Tests run",
}


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    install = how_to_install(app)
    text = yaml_file(_workflow(app, install))
    for action, version in VERSIONS.items():
        # What writes YAML knows no comments.
        text = text.replace(f"uses: {action}\n", f"uses: {action} # {version}\n")
    file = ArtifactFile(".github/workflows/ci.yml", text)
    return Template((file,), _unknown(app, install))


def _workflow(app: App, install: Install) -> dict[str, Any]:
    return {
        "name": "CI",
        "on": {"push": {"branches": ["main"]}, "pull_request": None},
        "permissions": {"contents": "read"},
        "concurrency": {
            "group": "${{ github.workflow }}-${{ github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
        "jobs": {"test": _test_job(app, install), "image": _image_job(app)},
    }


def _test_job(app: App, install: Install) -> dict[str, Any]:
    where = {"defaults": {"run": {"working-directory": app.folder}}} if app.folder else {}
    return {
        "runs-on": _RUNNER,
        "timeout-minutes": 15,
        **where,
        "steps": [_checkout(), *_test_steps(app, install)],
    }


def _checkout() -> dict[str, Any]:
    return {"uses": CHECKOUT, "with": {"persist-credentials": False}}


def _test_steps(app: App, install: Install) -> Iterator[dict[str, Any]]:
    yield from language_steps(app, install)
    # The action of PHP brings Composer.
    if install.tool and app.runtime is not Language.PHP:
        yield {"name": "Installer", "run": install.tool}
    if install.for_tests:
        yield {"name": "Install", "run": "\n".join(install.for_tests)}
    yield {"name": "Test", "run": install.test}


def _image_job(app: App) -> dict[str, Any]:
    build = f'docker build --tag "{app.name}:$GITHUB_SHA" {app.built_from}'
    return {
        "needs": "test",
        "runs-on": _RUNNER,
        "timeout-minutes": 30,
        "steps": [_checkout(), {"name": "Build the image", "run": build}],
    }


def _unknown(app: App, install: Install) -> tuple[str, ...]:
    title, version = app.runtime.label, app.runtime_version
    tests = _TESTED.get(app.runtime)
    place = f"in {app.folder}" if app.folder else "at the top of the project"
    return (
        *present(
            unknown_name(app),
            f"The language is not known: {title} is assumed." if app.language is None else None,
            f"The version of {title} is not known: {version} is taken."
            if version and not app.version
            else None,
        ),
        *install.unknown,
        *present(f"How the project is tested is not known: {tests}." if tests else None),
        "The default branch is not known: main is assumed.",
        "Where images are kept is not known: the image is built and not pushed.",
        f"The image is built from the Dockerfile {place}.",
    )


KIND = Kind(
    name="github-actions",
    title="GitHub Actions workflow",
    expected=(".github/workflows/*.yml",),
    max_tokens=8_000,
    version=3,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    uses_linter=True,
    wants=(
        FileGroup.CI,
        FileGroup.MANIFEST,
        FileGroup.CONTAINER,
        FileGroup.CONFIG,
        FileGroup.README,
    ),
)
