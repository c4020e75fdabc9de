"""What `omni doctor` looks at: the ground a workbench stands on, and what its database tells."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from webapp.doctor.ground import Check, checks, limits, live_runner
from webapp.domain.errors import CannotInspect
from webapp.settings import Settings
from webapp.store import inspection
from webapp.store.invariants import Invariant, check

__all__ = ["Check", "Report", "examine"]


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found."""

    checks: tuple[Check, ...]
    invariants: tuple[Invariant, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done."""
        return all(each.is_ok for each in self.checks) and not any(
            each.broken for each in self.invariants
        )

    def as_json(self) -> Mapping[str, Any]:
        """The same for programs."""
        return {
            "ok": self.is_well,
            "checks": [asdict(each) for each in self.checks],
            "invariants": [asdict(each) for each in self.invariants],
        }


def examine(settings: Settings) -> Report:
    """Look at everything, and change nothing; CannotInspect where there is no database to read.

    All that the database tells is of one instant, so it is right while a runner works.
    """
    with inspection.snapshot(settings.database) as connection:
        found = checks(settings, connection)
        if not found[0].is_ok:  # tables of another version cannot be asked
            raise CannotInspect(f"{found[0].says} {found[0].to_do}")
        limit = limits(settings) if live_runner(connection) else None
        return Report(tuple(found), tuple(check(connection, limit)))
