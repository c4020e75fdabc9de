"""What a Dockerfile says: what it exposes, starts from, runs as and starts."""

import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.artifacts.checks.dockerfile_source import Instruction, Stage, instructions, stages
from webapp.artifacts.statements.commands import filled, health
from webapp.artifacts.statements.runtimes import of_image
from webapp.artifacts.statements.statement import Place, Statement, Topic, user_number
from webapp.domain.artifact import ArtifactFile

MAX_BYTES = 512 * 1024
_MADE_USER = re.compile(
    r"\b(?:useradd|adduser)\b[^&|;]{0,200}?\s(?:-u|--uid)[ =]?([0-9]{1,9})\b", re.ASCII
)


def is_dockerfile(path: str) -> bool:
    """Whether a file is a Dockerfile, by its name."""
    name = path.rpartition("/")[2].lower()
    return name == "dockerfile" or name.startswith("dockerfile.") or name.endswith(".dockerfile")


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of the Dockerfiles among the files, of each its last stage above all."""
    for file in files:
        if is_dockerfile(file.path) and len(file.content) <= MAX_BYTES:
            listed = list(instructions(file.content))
            yield from _of_file(Place(file.path), listed, stages(listed))


def _of_file(
    place: Place, listed: Sequence[Instruction], built: Sequence[Stage]
) -> Iterator[Statement]:
    arguments = {
        name: value
        for one in listed
        if one.name == "ARG"
        for name, value in one.variables()
        if value
    }
    if built:
        yield place.say(Topic.WORKLOAD, "an image", built[-1].line, "describes")
    for stage in built:
        base = filled(stage.base, arguments)
        yield from of_image(place, base, stage.line, "starts from")
    for one in listed:
        if one.name in ("RUN", "COPY", "ADD"):
            verb = "runs" if one.name == "RUN" else "copies"
            yield place.say(Topic.BUILD_STEP, one.value[:4_000], one.line, verb)
    for one in _final(built):
        yield from _instruction(place, one, listed, arguments)


def _final(built: Sequence[Stage]) -> list[Instruction]:
    """The instructions that hold in the image: those of the last stage and of what it is from."""
    named = {stage.name: stage for stage in built if stage.name}
    stage = built[-1] if built else None
    found: list[Instruction] = []
    for _ in built:
        if stage is None:
            break
        found = [*stage.instructions, *found]
        earlier = named.get(stage.base.lower())
        stage = earlier if earlier is not stage else None
    return found


def _instruction(
    place: Place, one: Instruction, listed: Sequence[Instruction], arguments: Mapping[str, str]
) -> Iterator[Statement]:
    value = filled(one.value, arguments)
    if one.name == "EXPOSE":
        for word in value.split():
            port = word.removesuffix("/tcp").removesuffix("/TCP")
            yield from place.port(Topic.LISTENS, port, one.line, "exposes")
    elif one.name == "USER":
        user = user_number(value) or _made(value, listed)
        if user:
            yield place.say(Topic.USER, user, one.line, "runs as user")
    elif one.name == "ENV":
        for name, setting in one.variables():
            yield place.say(Topic.ENV, name, one.line, "sets")
            if name == "PORT":
                yield from place.port(Topic.REACHES, setting, one.line, "sets PORT to")
    elif one.name == "HEALTHCHECK":
        yield from health(place, value, one.line)
    elif one.name in ("CMD", "ENTRYPOINT"):
        yield place.say(Topic.START, value[:4_000], one.line, "starts")


def _made(name: str, listed: Sequence[Instruction]) -> str | None:
    """The number of a user that the file makes itself."""
    word = name.partition(":")[0].strip()
    for one in listed:
        is_named = one.name == "RUN" and word and word in one.value
        if is_named and (made := _MADE_USER.search(one.value[:4_000])):
            return str(int(made[1]))
    return None
