"""What may be asked for batches that are there: to go on, to begin again, to stop, to be chosen."""

from dataclasses import replace

from webapp import specs
from webapp.artifacts import full
from webapp.domain.batch import Reason
from webapp.domain.endpoint import Endpoint
from webapp.domain.errors import CannotRunHere, EndpointNotFound
from webapp.domain.listing import Selection
from webapp.draft import with_limit
from webapp.prices import Prices
from webapp.settings import Settings
from webapp.store import candidates, changes, reads
from webapp.store.changes import EVERY
from webapp.store.database import Store


class Orders:
    """The half of the service that needs neither a form nor a project.

    Whatever takes a selection raises BatchNotFound, and SelectionGrew where more jobs match by now
    than the user was shown.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._endpoints = {endpoint.name: endpoint for endpoint in settings.endpoints}
        self._checkers = full.version() if settings.full_checks else ""
        self._prices = Prices(settings.endpoints)

    async def cancel(self, batch_id: str, selection: Selection = EVERY) -> int:
        """Cancel open jobs of a batch, running ones within a second; how many there were.

        Raises SelectionGrew, as everything does that takes a selection.
        """
        return changes.cancel_batch(self.store, batch_id, selection)

    async def cancel_job(self, job_id: str) -> bool:
        """Cancel one job; False if it stood still already."""
        return changes.cancel_job(self.store, job_id)

    async def run_here(self, batch_id: str) -> bool:
        """Run the next job of a small batch now, where no runner lives; False if none is due.

        Raises CannotRunHere where one lives or the batch is too large, and BatchNotFound.
        """
        # Imported here: the engine takes 0.3 s to load, and few processes ever need it.
        from webapp.engine.here import run_next

        most, total = self.settings.run_here_max_jobs, reads.batch(self.store, batch_id).total
        if total > most:
            raise CannotRunHere(
                f"This batch has {total:,} jobs, and at most {most} are run without a runner "
                "(OMNI_RUN_HERE_MAX_JOBS): start one with `omni runner`. Nothing was run."
            )
        return await run_next(self.settings, self.store, batch_id)

    async def retry(
        self, batch_id: str, selection: Selection = EVERY, *, undecided: bool = False
    ) -> int:
        """Put failed and parked jobs of a batch back to the queue; how many there were.

        Those that may be paid for twice are another matter: only `undecided` puts them back.
        """
        return changes.retry_batch(self.store, batch_id, selection, undecided=undecided)

    async def retry_longer(self, batch_id: str, selection: Selection) -> int:
        """Run jobs again whose answer was cut off, with twice the output limit; how many."""
        cut_off = replace(
            selection, matching=replace(selection.matching, reasons=(Reason.TRUNCATED,))
        )
        found = changes.failed_ids(self.store, batch_id, cut_off)
        return sum([await self.retry_job(job_id, double_limit=True) for job_id in found])

    async def run_fresh(self, batch_id: str, selection: Selection) -> int:
        """Run jobs that stand still again, whatever the cache holds; how many there were."""
        return changes.run_fresh(self.store, batch_id, selection)

    async def choose(self, batch_id: str, selection: Selection) -> int:
        """Choose the best of the selected candidates for each artifact; for how many there was."""
        return candidates.choose(self.store, batch_id, selection)

    async def unchoose(self, batch_id: str, selection: Selection) -> int:
        """Leave artifacts to the checks that a choice was made for; how many there were."""
        return candidates.unchoose(self.store, batch_id, selection)

    async def go_on(
        self,
        batch_id: str,
        reason: Reason,
        *,
        endpoint: str | None = None,
        budget_microusd: int | None = None,
    ) -> int:
        """Put the jobs that are parked for a reason, perhaps at one endpoint, back to the queue.

        Gives how many there were. Those parked for the budget need a larger one: raises InvalidSpec
        where it is not.
        """
        if budget_microusd is not None:
            batch = reads.batch(self.store, batch_id)
            specs.check_budget(budget_microusd, batch.cost_microusd, batch.reserved_microusd)
        return changes.go_on(
            self.store, batch_id, reason, endpoint=endpoint, budget_microusd=budget_microusd
        )

    async def go_on_at(self, name: str) -> int:
        """Put all jobs that wait for an endpoint to be mended back to the queue; how many.

        Raises EndpointNotFound.
        """
        return changes.go_on_at(self.store, self._endpoint(name).name)

    async def retry_job(
        self, job_id: str, *, double_limit: bool = False, fresh: bool = False
    ) -> bool:
        """Run one job again; False if it is still open. `fresh` takes no result of another call."""
        changed = {"fresh": True} if fresh else {}
        if double_limit:
            row, known = changes.job_row(self.store, job_id), (self._endpoints, self._prices)
            changed |= with_limit(row, 2 * row.max_tokens, *known, self._checkers)
        return changes.retry_job(self.store, job_id, changed)

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self._endpoints:
            raise EndpointNotFound(name)
        return self._endpoints[name]
