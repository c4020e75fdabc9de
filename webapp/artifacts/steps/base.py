"""What a step is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.artifacts.base import BlueprintInput, Template
from webapp.domain.artifact import ArtifactFile

# From the files to start from to what becomes of them, without a model.
Rewrite = Callable[[Sequence[ArtifactFile], BlueprintInput], Template]


@dataclass(frozen=True, slots=True)
class StepTask:
    """One step: what a model is told to do, and for which kinds.

    `rewrites` holds, by kind, what the blueprint does; it has no template for other kinds.
    `version` is part of the cache key: raise it when instructions or rewrites change.
    """

    title: str
    kinds: tuple[str, ...]
    version: int
    instructions: str
    rewrites: Mapping[str, Rewrite] = field(default_factory=dict)
