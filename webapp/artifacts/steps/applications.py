"""Which of the project's applications a service or a container runs."""

from collections.abc import Sequence

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import App, read_app


def applications(given: BlueprintInput) -> list[App]:
    """The applications of which something is known."""
    return [read_app(facts) for facts in (given.facts, *given.others) if facts.found]


def called(apps: Sequence[App], *names: str) -> App | None:
    """The one application that has one of these names; None where there is none, or no one."""
    found = [app for app in apps if app.is_named and app.name in names]
    return found[0] if len(found) == 1 else None
