"""What pipelines say: the images they build and push, the versions they test with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import inner, items, line_of
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.checks.yaml_walk import texts
from webapp.artifacts.statements import runtimes
from webapp.artifacts.statements.commands import filled, known_values, script
from webapp.artifacts.statements.statement import Place, Statement, Topic
from webapp.domain.artifact import ArtifactFile

_SCRIPTS = ("before_script", "script", "after_script")
_MATRIX = "${{ matrix."


def _configs(files: Sequence[ArtifactFile]) -> Iterator[tuple[Place, YamlMap]]:
    chosen = [file for file in files if file.path.endswith((".yaml", ".yml"))]
    documents, _ = read_yaml(chosen, YAML_1_2)
    for document in documents:
        if isinstance(document.value, YamlMap):
            yield Place(document.path), document.value


def read_github(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of workflows of GitHub Actions."""
    for place, workflow in _configs(files):
        for job in inner(workflow, "jobs").values():
            if isinstance(job, YamlMap):
                yield from _job(place, job, inner(workflow, "env"))


def _job(place: Place, job: YamlMap, env: YamlMap) -> Iterator[Statement]:
    container = job.get("container")
    image = container.get("image") if isinstance(container, YamlMap) else container
    if isinstance(image, str):
        yield from runtimes.of_image(place, image, line_of(job, "container"), "works in")
    for step in items(job, "steps"):
        variables = known_values((env, inner(job, "env"), inner(step, "env")))
        if isinstance(step.get("run"), str):
            yield from _script(place, step["run"], step.lines["run"], variables)
        if isinstance(used := step.get("uses"), str):
            settings = " ".join(f"{key} {value}" for key, value in inner(step, "with").items())
            yield place.say(Topic.BUILD_STEP, f"{used} {settings}"[:500], step.line, "uses")
            yield from _action(place, used, inner(step, "with"), job, variables)


def _script(
    place: Place, text: str, line: int, variables: Mapping[str, str]
) -> Iterator[Statement]:
    # The text of a block begins in the line after its key.
    yield from script(place, text, line + ("\n" in text.strip()), variables)


def _action(
    place: Place, used: str, given: YamlMap, job: YamlMap, variables: Mapping[str, str]
) -> Iterator[Statement]:
    action = used.partition("@")[0]
    is_setup = "/setup-" in action or action.endswith("/rust-toolchain")
    for key, value in given.items():
        line = given.lines[key]
        if is_setup and (key.endswith("-version") or key == "toolchain"):
            for version in _versions(value, inner(job, "strategy", "matrix")):
                tool = key.removesuffix("-version")
                yield from runtimes.of_tool(place, tool, version, line, "sets up")
        elif action == "docker/build-push-action" and key == "tags" and isinstance(value, str):
            for tag in filled(value, variables).replace(",", "\n").split("\n"):
                if tag.strip():
                    yield place.say(Topic.BUILDS, tag.strip(), line, "builds")


def _versions(value: Any, matrix: YamlMap) -> Iterator[str]:
    """A version, or all of the matrix that it is taken from."""
    text = str(value)
    if text.startswith(_MATRIX):
        listed = matrix.get(text.removeprefix(_MATRIX).rstrip(" }"))
        for one in listed if isinstance(listed, YamlList) else ():
            yield str(one)
    elif "$" not in text:
        yield text


def read_gitlab(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of pipelines of GitLab."""
    for place, config in _configs(files):
        for job in (config, *(value for value in config.values() if isinstance(value, YamlMap))):
            variables = known_values((inner(config, "variables"), inner(job, "variables")))
            yield from _gitlab_image(place, job, variables)
            for key in _SCRIPTS:
                for text, line in texts(job.get(key), line_of(job, key)):
                    yield from _script(place, text, line, variables)


def _gitlab_image(place: Place, job: YamlMap, variables: Mapping[str, str]) -> Iterator[Statement]:
    image = job.get("image")
    name = image.get("name") if isinstance(image, YamlMap) else image
    if isinstance(name, str):
        text = filled(name, variables)
        yield from runtimes.of_image(place, text, line_of(job, "image"), "works in")


def read_shell(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of shell scripts."""
    for file in files:
        if file.path.endswith((".sh", ".bash")):
            yield from script(Place(file.path), file.content, 1, {})
