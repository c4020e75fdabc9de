"""What a Dockerfile says: of its last stage, for that is what runs."""

import json
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.dockerfile_source import Instruction, Stage, instructions, stages
from webapp.artifacts.statements.base import Statement, Topic, route_of, runtime_of
from webapp.domain.artifact import ArtifactFile


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Ports, user, variables, route, command, runtime and copied files."""
    for file in files:
        if file.path.rpartition("/")[2] == "Dockerfile":
            built = stages(list(instructions(file.content)))
            for stage in built:
                yield from _of_build(file.path, stage)
            if built:
                yield from _of_last(file.path, built[-1])


def _of_build(path: str, stage: Stage) -> Iterator[Statement]:
    if runtime := runtime_of(stage.base):
        yield Statement(Topic.RUNTIME, runtime, path, stage.line)
    for one in stage.instructions:
        if one.name in ("COPY", "ADD") and one.flag("from") is None:
            words = [word for word in one.value.split() if not word.startswith("--")]
            for word in words[:-1]:
                yield Statement(Topic.COPY, word.removeprefix("./"), path, one.line)


def _of_last(path: str, stage: Stage) -> Iterator[Statement]:
    start: list[tuple[str, int]] = []
    for one in stage.instructions:
        if one.name == "EXPOSE":
            for word in one.value.split():
                if (port := word.partition("/")[0]).isdecimal():
                    yield Statement(Topic.PORT, port, path, one.line)
        elif one.name == "ENV":
            for name, _ in one.variables():
                yield Statement(Topic.ENV, name, path, one.line)
        elif one.name == "HEALTHCHECK" and (route := route_of(one.value)):
            yield Statement(Topic.PROBE, route, path, one.line)
        elif one.name in ("ENTRYPOINT", "CMD"):
            start = (
                [(_command(one), one.line)]
                if one.name == "ENTRYPOINT"
                else [*start[:1], (_command(one), one.line)]
            )
    yield from _user(path, stage)
    if start:
        yield Statement(Topic.START, " ".join(words for words, _ in start), path, start[-1][1])


def _user(path: str, stage: Stage) -> Iterator[Statement]:
    users = [one for one in stage.instructions if one.name == "USER"]
    number = users[-1].value.partition(":")[0] if users else ""
    if number.isdecimal():
        yield Statement(Topic.USER, number, path, users[-1].line)


def _command(one: Instruction) -> str:
    """The words of a command, whichever way it is written."""
    try:
        words = json.loads(one.value)
    except (ValueError, RecursionError):
        return one.value
    return " ".join(map(str, words)) if isinstance(words, list) else one.value
