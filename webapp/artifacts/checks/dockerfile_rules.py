"""What hadolint does not see in a Dockerfile, or sees without looking at values."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.dockerfile_source import Instruction, Stage, instructions, stages
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "dockerfile/no-from": Severity.ERROR,
    "dockerfile/unknown-stage": Severity.ERROR,
    "dockerfile/root": Severity.WARNING,
    "dockerfile/literal-secret": Severity.WARNING,
    "dockerfile/ignores-everything": Severity.WARNING,
    "dockerfile/not-ignored": Severity.NOTE,
}
_UNPRIVILEGED = ("nonroot", "unprivileged", "rootless")
_EVERYTHING = frozenset({"*", "**", "."})
# What nobody wants in an image, and the patterns that keep it out.
_PRIVATE = {".git": {".git", ".git*", ".*"}, ".env": {".env", ".env*", "*.env", ".*"}}


def faults(file: ArtifactFile) -> Iterator[Finding]:
    """Whom a Dockerfile runs as, what it copies from where, and secrets it would keep."""
    listed = list(instructions(file.content))
    described = stages(listed)
    if not described:
        message = "There is no FROM: an image needs one to start from."
        yield findings.make(SEVERITY, "dockerfile/no-from", file.path, None, message)
        return
    yield from _unknown_stages(file.path, described)
    yield from _root(file.path, described)
    yield from _secrets(file.path, listed)


def _unknown_stages(path: str, described: Sequence[Stage]) -> Iterator[Finding]:
    known: set[str] = set()
    for number, stage in enumerate(described):
        for one in stage.instructions:
            source = one.flag("from") if one.name == "COPY" else None
            # With a tag, a digest or a registry it is an image.
            if (
                source
                and not any(char in source for char in "$:@/")
                and source.lower() not in known
            ):
                message = (
                    f"No stage above is called “{findings.shortened(source)}”: "
                    "if an image is meant, give it a tag."
                )
                yield findings.make(SEVERITY, "dockerfile/unknown-stage", path, one.line, message)
        known |= {str(number), stage.name}


def _root(path: str, described: Sequence[Stage]) -> Iterator[Finding]:
    bases = {stage.name: stage for stage in described if stage.name}
    stage, line = described[-1], described[-1].line
    seen = {stage.name}
    while not (user := _user(stage)) and stage.base.lower() in bases.keys() - seen:
        stage = bases[stage.base.lower()]
        seen.add(stage.name)
    if user and user.value.partition(":")[0].strip("\"'") in ("root", "0"):
        line = user.line if stage is described[-1] else line
        message = "The container runs as root: end with a USER that has no such rights."
        yield findings.make(SEVERITY, "dockerfile/root", path, line, message)
    elif not user and not any(word in stage.base for word in _UNPRIVILEGED):
        message = "No USER is set, so the container runs as root unless its base image says else."
        yield findings.make(SEVERITY, "dockerfile/root", path, line, message)


def _user(stage: Stage) -> Instruction | None:
    return next((one for one in reversed(stage.instructions) if one.name == "USER"), None)


def _secrets(path: str, listed: Sequence[Instruction]) -> Iterator[Finding]:
    for one in listed:
        if one.name not in ("ENV", "ARG"):
            continue
        for name, value in one.variables():
            # A build argument stays in the history of the image, wherever its value comes from.
            if is_literal_secret(name, "given" if value is None else value):
                message = (
                    f"{findings.shortened(name)} would stay readable in the image: mount it as a "
                    "build secret, or set it where the container is started."
                )
                yield findings.make(SEVERITY, "dockerfile/literal-secret", path, one.line, message)


def ignore_faults(file: ArtifactFile) -> Iterator[Finding]:
    """What a .dockerignore keeps out too much or not at all."""
    lines = [line.strip() for line in file.content.split("\n")]
    patterns = {line.removeprefix("/").removeprefix("**/").rstrip("/") for line in lines}
    everything = next((line for line in lines if line.rstrip("/") in _EVERYTHING), None)
    if everything:
        if not any(line.startswith("!") for line in lines):
            message = "This ignores every file and excepts none: COPY will find nothing."
            line = lines.index(everything) + 1
            rule = "dockerfile/ignores-everything"
            yield findings.make(SEVERITY, rule, file.path, line, message)
        return
    for name, kept_out in _PRIVATE.items():
        if not patterns & kept_out:
            message = f"{name} is not ignored, so a COPY of everything puts it into the image."
            yield findings.make(SEVERITY, "dockerfile/not-ignored", file.path, None, message)
