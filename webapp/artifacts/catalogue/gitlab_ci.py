"""Continuous integration on GitLab: install, test, build the image and keep it."""

from typing import Any

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, present, read_app
from webapp.artifacts.checks.gitlab_ci import check
from webapp.artifacts.install import Install, how_to_install
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file, .gitlab-ci.yml. stages in the order in which they run; every job names its stage, and \
every stage, template and job that is named exists in the file.
- workflow: rules that give one pipeline for a merge request or a branch, never both. Conditions \
of jobs are rules; never only or except.
- default: interruptible: true and a timeout; interruptible: false for a deployment.
- image of every job with at least a major and minor version, the one of the project's language; \
never latest. services with aliases for the databases that tests need, their settings in the \
variables of that job.
- Install from the lock file (npm ci, uv sync --locked, poetry install), then lint and test with \
the commands that the project itself has. cache with key: files: [the lock file] and the folder \
that the installer's variable points to inside $CI_PROJECT_DIR; artifacts: reports: junit only if \
the tests write one.
- The image is built by docker build with docker:<version>-dind as a service and TLS, or by \
buildah where runners are not privileged; Kaniko is no longer maintained. Tagged with \
$CI_COMMIT_SHA, pushed to $CI_REGISTRY_IMAGE only from the default branch or a tag, in a job that \
needs the tests.
- Logged in by printf '%s' "$CI_REGISTRY_PASSWORD" | docker login --password-stdin. No secret is \
written out: masked and protected variables of the project, named in the notes; id_tokens for \
clouds.
- Deployment only if the brief asks for it: environment with a name and a url, resource_group, \
when: manual for production.
- Everything that a title, a branch name or a merge request brings is quoted in scripts. No \
program is piped from the network into a shell.
- Scripts are lists of commands; those of several lines use |. Versions are quoted. Repeated parts \
stand in a hidden job (.name) and are taken by extends or !reference [.name, script]."""

_DOCKER = "docker:29"
_BRANCH = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
# Where an installer keeps its downloads, once its variable says so.
_CACHES = {"pip": ("PIP_CACHE_DIR", ".cache/pip"), "npm": ("npm_config_cache", ".cache/npm")}
_LOG_IN = (
    "printf '%s' \"$CI_REGISTRY_PASSWORD\" | docker login"
    ' --username "$CI_REGISTRY_USER" --password-stdin "$CI_REGISTRY"'
)
_PUSH = """\
if [ "$CI_COMMIT_BRANCH" = "$CI_DEFAULT_BRANCH" ]; then
  {log_in}
  docker push "$IMAGE"
fi"""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    install = how_to_install(app)
    text = yaml_file(_pipeline(app, install))
    return Template((ArtifactFile(".gitlab-ci.yml", text),), _unknown(app, install))


def _pipeline(app: App, install: Install) -> dict[str, Any]:
    return {
        "stages": ["test", "build"] if install.for_tests else ["build"],
        "workflow": {
            "rules": [
                {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'},
                {"if": _BRANCH},
            ]
        },
        "default": {"interruptible": True, "timeout": "30 minutes"},
        **({"test": _test_job(app, install)} if install.for_tests else {}),
        "build-image": _image_job(app, install),  # “image” may be no job's name
    }


def _test_job(app: App, install: Install) -> dict[str, Any]:
    folder = [f'cd "{app.folder}"'] if app.folder else []
    # A line that GitHub shows as a notice is only a line here.
    test = install.test.replace("::notice::", "")
    return {
        "stage": "test",
        "image": app.build_image,
        **_cache(app, install),
        "before_script": [*folder, *present(install.tool), *install.for_tests],
        "script": [test],
    }


def _cache(app: App, install: Install) -> dict[str, Any]:
    if install.cache not in _CACHES or install.files[-1].endswith("/"):
        return {}
    variable, folder = _CACHES[install.cache]
    key = f"{app.folder}/{install.files[-1]}" if app.folder else install.files[-1]
    return {
        "variables": {variable: f"$CI_PROJECT_DIR/{folder}"},
        "cache": {"key": {"files": [key]}, "paths": [folder]},
    }


def _image_job(app: App, install: Install) -> dict[str, Any]:
    return {
        "stage": "build",
        **({"needs": ["test"]} if install.for_tests else {}),
        "image": _DOCKER,
        "services": [f"{_DOCKER}-dind"],
        "variables": {
            "DOCKER_TLS_CERTDIR": "/certs",
            "IMAGE": "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHA",
        },
        "script": [
            f'docker build --pull --tag "$IMAGE" {app.built_from}',
            _PUSH.format(log_in=_LOG_IN),
        ],
    }


def _unknown(app: App, install: Install) -> tuple[str, ...]:
    title, version = app.runtime.label, app.runtime_version
    return (
        *present(
            f"The language is not known: {title} is assumed." if app.language is None else None,
            f"The version of {title} is not known: {version} is taken."
            if version and not app.version
            else None,
        ),
        *install.unknown,
        "How the project is tested is not known: what is usual for its language runs."
        if install.for_tests
        else "Nothing of a static site is tested.",
        "The image is built from the Dockerfile at the top of the project, and pushed to the "
        "project's registry from the default branch.",
        "The image is built by Docker in Docker: the runner has to allow privileged containers.",
    )


KIND = Kind(
    name="gitlab-ci",
    title="GitLab CI/CD pipeline",
    expected=(".gitlab-ci.yml",),
    max_tokens=8_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.CI,
        FileGroup.MANIFEST,
        FileGroup.CONTAINER,
        FileGroup.CONFIG,
        FileGroup.README,
    ),
)
