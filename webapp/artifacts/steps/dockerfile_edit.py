"""Instructions put into the last stage of a Dockerfile; nothing else of it changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.artifacts.base import BlueprintInput, Template
from webapp.artifacts.checks.dockerfile import check, is_dockerfile
from webapp.artifacts.checks.dockerfile_source import Instruction, Stage, instructions, stages
from webapp.artifacts.steps.base import Rewrite
from webapp.artifacts.steps.rewriting import IN_THE_WAY, UNREADABLE, Notes, kept, like
from webapp.domain.artifact import ArtifactFile

# They describe the container and build nothing, so that what is new may stand before them.
_DESCRIBING = frozenset(
    {"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "VOLUME", "MAINTAINER"}
)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile that has a stage, with line feeds alone at the ends of its lines."""

    file: ArtifactFile
    listed: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @property
    def base(self) -> str:
        """The image that the last stage comes from in the end, through stages before it."""
        bases = {stage.name: stage.base for stage in self.stages if stage.name}
        base, seen = self.stages[-1].base, {self.stages[-1].name}
        while base.lower() in bases.keys() - seen:
            seen.add(base.lower())
            base = bases[base.lower()]
        return base

    def with_line(self, text: str) -> str | None:
        """The whole text with an instruction after the last one that builds something.

        None where the file would not be read as before, but for the new instruction.
        """
        lines = self.file.content.split("\n")
        last = self._last_building()
        place = self._end(lines, last)
        new = "\n".join([*lines[:place], *text.split("\n"), *lines[place:]])
        read = [(one.name, one.value) for one in instructions(new)]
        position = self.listed.index(last) + 1
        added = read.pop(position) if position < len(read) else None
        is_as_before = read == [(one.name, one.value) for one in self.listed]
        is_new = added is not None and added[0] == text.partition(" ")[0]
        return new if is_as_before and is_new else None

    def _last_building(self) -> Instruction:
        stage = self.stages[-1]
        start = next(one for one in self.listed if one.line == stage.line)
        building = [one for one in stage.instructions if one.name not in _DESCRIBING]
        return building[-1] if building else start

    def _end(self, lines: Sequence[str], last: Instruction) -> int:
        """How many lines there are up to the end of an instruction."""
        if last.heredoc:
            return last.heredoc.stop - 1
        following = (one.line for one in self.listed if one.line > last.line)
        end = next(following, len(lines) + 1) - 1
        while end > last.line and _is_aside(lines[end - 1]):
            end -= 1
        return end


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


# The instruction to be put in; None for none.
Wanted = Callable[[Dockerfile, BlueprintInput, Notes], str | None]


def of_dockerfiles(wanted: Wanted) -> Rewrite:
    """A rewrite of all Dockerfiles among the files."""

    def rewrite(files: Sequence[ArtifactFile], given: BlueprintInput) -> Template:
        notes = Notes()
        after = [_rewritten(file, wanted, given, notes) for file in files]
        return kept(check, files, after, notes)

    return rewrite


def _rewritten(
    file: ArtifactFile, wanted: Wanted, given: BlueprintInput, notes: Notes
) -> ArtifactFile:
    read = ArtifactFile(file.path, file.content.replace("\r\n", "\n"))
    listed = tuple(instructions(read.content))
    described = tuple(stages(listed))
    if not is_dockerfile(file.path):
        return file
    if not described:
        notes.left(UNREADABLE, file.path)
        return file
    own, dockerfile = Notes(), Dockerfile(read, listed, described)
    line = wanted(dockerfile, given, own)
    if line is None:
        notes.take(own)
        return file
    content = dockerfile.with_line(line)
    if content is None:
        notes.left(IN_THE_WAY, file.path)
        return file
    notes.take(own)
    return ArtifactFile(file.path, like(file.content, content))
