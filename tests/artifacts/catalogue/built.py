"""What the blueprint builds, by way of the same prompt and the same answer as in a job."""

import json
from functools import cache
from pathlib import Path

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.domain.artifact import Artifact
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import Fact, FactName, Facts

PROJECTS = Path(__file__).parents[2] / "projects"
TRUTH = Path(__file__).parents[2] / "context" / "truth"
LOCKS = {
    "npm": "package-lock.json",
    "pnpm": "pnpm-lock.yaml",
    "yarn": "yarn.lock",
    "poetry": "poetry.lock",
    "uv": "uv.lock",
    "bundler": "Gemfile.lock",
    "composer": "composer.lock",
    "cargo": "Cargo.lock",
}
SAMPLES = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir() and path.name[0] != "_")
TEMPLATES = [kind.name for kind in KINDS.values() if kind.blueprint]


def facts(**values: str | tuple[str, ...]) -> Facts:
    """Facts by name; several values of one as a tuple."""
    listed = (
        (FactName(name), [value] if isinstance(value, str) else value)
        for name, value in values.items()
    )
    return Facts(tuple(Fact(name, one, "somewhere", 1) for name, some in listed for one in some))


def applications(name: str) -> tuple[Facts, ...]:
    """What is true of each application of a project in tests/projects."""
    truth = json.loads((TRUTH / f"{name}.json").read_text(encoding="utf-8"))
    return tuple(_true(PROJECTS / name, folder, known) for folder, known in truth.items())


def _true(project: Path, folder: str, known: dict[str, list[str]]) -> Facts:
    """Facts as they stand in files: what is said of the installer stands in its lock file."""
    name = next((LOCKS[one] for one in known["installer"] if one in LOCKS), "none")
    lying = dict.fromkeys((f"{folder}/{name}".lstrip("/"), name))
    lock = next((path for path in lying if (project / path).exists()), "somewhere")
    usual = {} if folder or known["name"] else {"name": [project.name]}
    return Facts(
        tuple(
            Fact(FactName(fact), value, lock if fact == FactName.INSTALLER else "somewhere", 1)
            for fact, values in (known | usual).items()
            for value in values
        )
    )


def sample(name: str) -> Facts:
    """What is true of the first application of a project in tests/projects."""
    return applications(name)[0]


@cache
def build(
    kind: str, known: Facts, brief: str = "As the project says.", target: str | None = None
) -> Artifact:
    """The artifact of a job for the blueprint."""
    if target is None and KINDS[kind].needs_target:
        target = KINDS[kind].targets[0]
    (part,) = blueprint_prompt(KINDS[kind], target, brief, known)
    return examine(kind, BLUEPRINT, render_blueprint(part.text))


def text_of(kind: str, known: Facts) -> str:
    """The first file that the blueprint builds."""
    return build(kind, known).files[0].content


def left_open(artifact: Artifact) -> list[str]:
    """What the blueprint says it did not know."""
    return [each.message for each in artifact.findings if each.rule == "blueprint/unknown"]
