"""How much an application is given until somebody has measured what it needs."""

from dataclasses import dataclass

from webapp.artifacts.blueprint import App, read_app
from webapp.artifacts.catalogue.workload import resources
from webapp.artifacts.steps.yaml_tree import Node
from webapp.domain.project import Facts

MEASURE = (
    "{names}: measure memory at the highest load and CPU over a day, then set the memory a fifth "
    "above the highest value and the CPU to the usual one."
)
# A program that was told how much to take needs more than a first guess.
_SIZES = ("-Xmx", "MaxRAMPercentage", "max-old-space-size", "GOMEMLIMIT", "memory_limit")


@dataclass(frozen=True, slots=True)
class Amount:
    """A first guess, and why it is this one."""

    cpu: str
    memory: str
    why: str


def guess(app: App | None) -> Amount:
    """What templates give an application of its language; None for one that nothing is known of."""
    wanted = resources(app or read_app(Facts()))
    cpu, memory = wanted["requests"]["cpu"], wanted["requests"]["memory"]
    label = app.language.label if app and app.language else None
    why = f"a first guess for {label}" if label else "a first guess, its language is not known"
    return Amount(cpu, memory, why)


def is_sized_inside(node: Node) -> bool:
    """Whether a command or a variable of it sets how much memory it takes."""
    return any(size in one.text for one in node.all() for size in _SIZES)
