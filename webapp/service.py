"""The async service: what the web side and the command line may ask for.

Called through `async_to_sync`, which runs a fresh loop for each call: nothing that is bound to a
loop is kept here.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO

from ulid import ULID

from webapp import offers, specs
from webapp.applications import corrections, spread, wanted
from webapp.artifacts import full
from webapp.cache import ResultCache, open_cache
from webapp.context import read_below, read_directory, read_upload
from webapp.context.select import DEFAULT_BUDGET_TOKENS, Chooser
from webapp.domain.artifact import Result
from webapp.domain.batch import BLUEPRINT, BatchSpec, JobSpec, Mode, Policy, Reason
from webapp.domain.endpoint import Choices, Endpoint, Health, StepView
from webapp.domain.errors import CannotRunHere, EndpointNotFound
from webapp.domain.jobfile import MOST_BYTES, JobFile, read_job_file
from webapp.domain.listing import Selection
from webapp.domain.project import Application, ProjectFile, ProjectView
from webapp.domain.views import Plan
from webapp.draft import Drafter, submit_key, title, with_limit
from webapp.endpoints import Prober
from webapp.forecast import Forecast
from webapp.prices import Prices
from webapp.sending import Sending
from webapp.settings import Settings, secret_key
from webapp.store import batches, candidates, changes, job_files, projects, reads
from webapp.store.batches import NewJob
from webapp.store.changes import EVERY
from webapp.store.database import Store, open_store
from webapp.store.secrets import shared_secret

TITLE_CHARS = 80


class Service:
    """One for each process; safe to use from many threads."""

    def __init__(self, settings: Settings, store: Store, cache: ResultCache) -> None:
        self.settings = settings
        self.store = store
        self.cache = cache
        self._endpoints = {endpoint.name: endpoint for endpoint in settings.endpoints}
        self._prober = Prober(cache)
        self._checkers = full.version() if settings.full_checks else ""
        self._prices = Prices(settings.endpoints)

    async def submit(self, spec: BatchSpec) -> str:
        """Store a batch and give its id; the same nonce and content give the first batch's id.

        Raises InvalidSpec, ProjectNotFound, StoreBusy, StoreFull; there is no batch then.
        """
        spec, sending, told = await self._checked(spec)
        jobs = await self._draft(spec, self._drafter(spec, sending, told))
        return batches.add(self.store, str(ULID()), submit_key(spec), title(spec), spec, jobs)

    async def plan(self, spec: BatchSpec) -> Plan:
        """What a submit would do; raises InvalidSpec and ProjectNotFound as it would."""
        spec, sending, told = await self._checked(spec)
        drafter = self._drafter(spec, sending, told)
        jobs = await self._draft(spec, drafter)
        names = dict.fromkeys(job.spec.model.endpoint for job in jobs)
        used = [self._endpoints[name] for name in names]
        standby = [self._endpoints[model.endpoint] for model in spec.fallbacks]
        at_once, limited_by = specs.at_once(spec, used)
        return Plan(
            jobs=len(jobs),
            cached=sum(job.hit is not None for job in jobs),
            sent=sending.counted(spec),
            usual=sending.usual({job.kind.kind for job in spec.jobs}),
            budget_tokens=DEFAULT_BUDGET_TOKENS,
            endpoints=tuple(endpoint.name for endpoint in used if endpoint.name != BLUEPRINT),
            standby=tuple(map(str, spec.fallbacks)),
            at_once=at_once,
            limited_by=limited_by,
            costs_money=not all(endpoint.is_free for endpoint in (*used, *standby)),
            cost=drafter.forecast.cost(
                (drafter.asked(job.spec) for job in jobs if not job.hit), spec.repair_rounds or 0
            ),
            repair_rounds=spec.repair_rounds or 0,
        )

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

    async def retry_job(self, job_id: str, *, double_limit: bool = False) -> bool:
        """Run one job again, perhaps with twice the output limit; False if it is still open."""
        if not double_limit:
            return changes.retry_job(self.store, job_id)
        row = changes.job_row(self.store, job_id)
        changed = with_limit(row, 2 * row.max_tokens, self._endpoints, self._prices, self._checkers)
        return changes.retry_job(self.store, job_id, changed)

    async def probe(self, name: str) -> Health:
        """Ask an endpoint now whether it works; raises EndpointNotFound."""
        return await self._prober.probe(self._endpoint(name))

    async def choices(self) -> Choices:
        """What a batch can be made of; waits at most 2 s for endpoints to say their models."""
        views = await asyncio.gather(*map(self._prober.view, self._endpoints.values()))
        return Choices(offers.kinds(), offers.steps(), tuple(views))

    @property
    def steps(self) -> tuple[StepView, ...]:
        """What can be done to artifacts that are there already."""
        return offers.steps()

    async def add_project(
        self, stream: BinaryIO, filename: str, *, masks: bool = True
    ) -> ProjectView:
        """Store an uploaded zip or file, its secrets masked or only listed.

        Raises BadUpload, and nothing is kept.
        """
        return projects.add(self.store, read_upload(stream, filename, masks=masks))

    async def add_project_folder(self, path: Path, *, masks: bool = True) -> ProjectView:
        """The same for a folder, a zip or a file of this machine, for the command line."""
        return projects.add(self.store, read_directory(path, masks=masks))

    async def add_project_below(self, path: str, *, masks: bool = True) -> ProjectView:
        """The same for a folder of this machine that the settings allow the pages to read."""
        return projects.add(self.store, read_below(self.settings.project_roots, path, masks=masks))

    async def add_job_file(self, stream: BinaryIO, filename: str) -> JobFile:
        """Store a job file; raises JobFileErrors with the lines at fault, and nothing is kept."""
        lines = stream.readlines(MOST_BYTES + 1)
        jobs = await self.read_job_file(lines)
        name = PurePath(filename).name[:TITLE_CHARS]
        # What was read is UTF-8; a mark of its order at the top is none of the first line.
        text = b"".join(lines).decode("utf-8-sig")
        return JobFile(job_files.add(self.store, name, text), name, jobs)

    async def job_file(self, job_file_id: str) -> JobFile:
        """A stored job file; raises JobFileNotFound, and JobFileErrors if it no longer fits."""
        name, text = job_files.load(self.store, job_file_id)
        return JobFile(job_file_id, name, await self.read_job_file(BytesIO(text.encode())))

    async def read_job_file(self, lines: Iterable[bytes]) -> tuple[JobSpec, ...]:
        """The jobs that the lines ask for; raises JobFileErrors with all lines at fault."""
        return read_job_file(
            lines, lambda job: (sentence for _, sentence in specs.faults(job, self._endpoints))
        )

    async def usual_paths(self, project_id: str, kinds: Iterable[str] = ()) -> frozenset[str]:
        """Those sent for some of these kinds unless the user chooses; raises ProjectNotFound."""
        return self._sending(project_id).usual(kinds)

    async def correct(self, project_id: str, said: Mapping[str, Mapping[str, str]]) -> None:
        """Keep what the user says of a project's applications: by folder, then by fact.

        A fact that is not named stays as it was found; one without a value is none. Raises
        InvalidSpec and ProjectNotFound.
        """
        found = projects.found(self.store, project_id)
        projects.correct(self.store, project_id, corrections(found, said))

    async def _checked(self, spec: BatchSpec) -> tuple[BatchSpec, Sending, tuple[Application, ...]]:
        """The batch with all its jobs, what it sends, and the applications it is about."""
        sending = Sending()
        if spec.project_id is not None:
            sending = self._sending(spec.project_id, spec.added_paths, spec.left_out_paths)
        applications = sending.chooser.applications
        told = wanted(spec, applications)
        spec = spread(spec, told)
        specs.check(spec, self._endpoints)
        specs.check_prices(spec, self._prices)
        models = (*(job.model for job in spec.jobs), *spec.fallbacks)
        names = dict.fromkeys(model.endpoint for model in models)
        await self._prober.require(self._endpoints[name] for name in names)
        mode = spec.mode if self.settings.async_enabled else Mode.SYNC
        rounds = self.settings.repair_rounds if spec.repair_rounds is None else spec.repair_rounds
        return replace(spec, mode=mode, repair_rounds=rounds), sending, told

    def _drafter(
        self,
        spec: BatchSpec,
        sending: Sending,
        applications: Sequence[Application],
    ) -> Drafter:
        models = {job.model for job in spec.jobs} | set(spec.fallbacks)
        forecast = Forecast(self._prices, reads.stats(self.store, models))
        return Drafter(
            self._endpoints,
            sending,
            applications,
            forecast,
            spec.fallbacks,
            self._own(spec),
            self._checkers,
        )

    def _own(self, spec: BatchSpec) -> Sequence[ProjectFile]:
        """All files of the project, where a job starts from some of them; raises InvalidSpec."""
        if not any(job.starts_from_project for job in spec.jobs):
            return ()
        files = projects.files(self.store, spec.project_id) if spec.project_id else ()
        specs.check_own_files(spec, files)
        return files

    async def _draft(self, spec: BatchSpec, drafter: Drafter) -> list[NewJob]:
        fresh = spec.fresh or not self.cache.is_on
        hits: Mapping[str, Result] = {}
        if not fresh:
            # The key of a job that comes after another is a draft until that one has an artifact.
            keys = [drafter.cache_key(job) for job in spec.jobs if job.after is None]
            hits = await self.cache.get_many(keys)
        never_twice = spec.policy is Policy.NEVER_TWICE
        return drafter.jobs(spec.jobs, fresh=fresh, never_twice=never_twice, hits=hits)

    def _sending(
        self, project_id: str, added: Sequence[str] = (), left_out: Sequence[str] = ()
    ) -> Sending:
        project = reads.project(self.store, project_id)
        chooser = Chooser(projects.files(self.store, project_id), project.applications)
        return Sending(chooser, added, left_out, project.masks)

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self._endpoints:
            raise EndpointNotFound(name)
        return self._endpoints[name]


def open_service(settings: Settings) -> Service:
    """The service over the data folder of these settings."""
    store = open_store(settings.database)
    return Service(settings, store, open_cache(*settings.cache_place))


def signing_key(service: Service) -> str:
    """What signs cookies: one for all processes, on however many machines they are."""
    settings, store = service.settings, service.store
    if store.is_shared and settings.secret_key is None:
        return shared_secret(store, "cookies")
    return secret_key(settings)
