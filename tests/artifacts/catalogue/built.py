"""What the blueprint builds, by way of the same prompt and the same answer as in a job."""

from pathlib import Path

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.context import read_directory
from webapp.domain.artifact import Artifact
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import Fact, FactName, Facts

PROJECTS = Path(__file__).parents[2] / "projects"
SAMPLES = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir() and path.name[0] != "_")
TEMPLATES = [kind.name for kind in KINDS.values() if kind.blueprint]


def facts(**values: str | tuple[str, ...]) -> Facts:
    """Facts by name; several values of one as a tuple."""
    listed = (
        (FactName(name), [value] if isinstance(value, str) else value)
        for name, value in values.items()
    )
    return Facts(tuple(Fact(name, one, "somewhere", 1) for name, some in listed for one in some))


def sample(name: str) -> Facts:
    """What is found in a project of tests/projects."""
    return read_directory(PROJECTS / name).facts


def build(kind: str, known: Facts, brief: str = "As the project says.") -> Artifact:
    """The artifact of a job for the blueprint."""
    (part,) = blueprint_prompt(KINDS[kind], None, brief, known)
    return examine(kind, BLUEPRINT, render_blueprint(part.text))


def text_of(kind: str, known: Facts) -> str:
    """The first file that the blueprint builds."""
    return build(kind, known).files[0].content


def left_open(artifact: Artifact) -> list[str]:
    """What the blueprint says it did not know."""
    return [each.message for each in artifact.findings if each.rule == "blueprint/unknown"]
