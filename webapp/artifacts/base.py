"""What an artifact kind is: one entry of the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.domain.artifact import ArtifactFile, Finding
from webapp.domain.file_group import ALL_GROUPS, FileGroup
from webapp.domain.project import Facts

Check = Callable[[Sequence[ArtifactFile]], list[Finding]]


@dataclass(frozen=True, slots=True)
class BlueprintInput:
    """What the blueprint builds from: the same facts a model is told.

    `others` are the facts of the other applications of the project, for a kind that takes all.
    """

    brief: str
    target: str | None
    facts: Facts
    others: tuple[Facts, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A blueprint's answer. `unknown` names, a sentence each, what had to be left open."""

    files: tuple[ArtifactFile, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One artifact kind.

    `expected` are the paths the kind is made of, as fnmatch patterns; only these may start with a
    dot. `version` is part of the cache key: raise it when prompt, blueprint or checks change.
    `uses_linter` says that the check starts a program, so it is slower than 10 ms. `needs_target`
    says that the kind makes no sense without one of its targets. `takes_all` says that one artifact
    describes all applications of a project; of other kinds each application has its own.
    `wants` are the files of a project that a model needs for it, the most telling first: others
    are sent only if the user adds them. `target_instructions` are what a good one contains for one
    target, told on top of the rest.
    """

    name: str
    title: str
    expected: tuple[str, ...]
    max_tokens: int
    version: int
    instructions: str
    check: Check | None
    blueprint: Callable[[BlueprintInput], Template] | None
    targets: tuple[str, ...] = ()
    target_instructions: Mapping[str, str] = field(default_factory=dict)
    uses_linter: bool = False
    needs_target: bool = False
    takes_all: bool = False
    wants: tuple[FileGroup, ...] = ALL_GROUPS

    @property
    def is_checked(self) -> bool:
        """Whether anything looks at the content; a free text is only stored."""
        return self.check is not None
