"""The async service: what the web side and the command line may ask for.

Called through `async_to_sync`, which runs a fresh loop for each call: nothing that is bound to a
loop is kept here.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO

from ulid import ULID

from webapp import offers, renewal, specs
from webapp.applications import corrections, spread, wanted
from webapp.cache import ResultCache, open_cache
from webapp.context import read_below, read_directory, read_upload
from webapp.context.select import DEFAULT_BUDGET_TOKENS, Chooser
from webapp.domain.artifact import Result
from webapp.domain.batch import BLUEPRINT, BatchSpec, JobSpec, Mode, Policy
from webapp.domain.endpoint import Choices, Health, StepView
from webapp.domain.errors import InvalidSpec
from webapp.domain.jobfile import MOST_BYTES, JobFile, read_job_file
from webapp.domain.listing import Selection
from webapp.domain.project import Application, ProjectFile, ProjectView, Upload
from webapp.domain.views import Plan
from webapp.draft import Drafter, submit_key, title
from webapp.endpoints import Prober
from webapp.forecast import Forecast
from webapp.orders import Orders
from webapp.renewal import Renewal
from webapp.sending import Sending
from webapp.settings import Settings, secret_key
from webapp.store import batches, job_files, projects, reads, renewing
from webapp.store.batches import NewJob
from webapp.store.changes import EVERY
from webapp.store.database import Store, open_store
from webapp.store.renewing import Material
from webapp.store.secrets import shared_secret

TITLE_CHARS = 80
MOST_LOOKED_AT = 20  # batches, the newest, that are looked at when something has changed
MOST_JOBS_LOOKED_AT = 5000  # of all of them: to draft one takes 0.1 ms and more


class Service(Orders):
    """One for each process; safe to use from many threads."""

    def __init__(self, settings: Settings, store: Store, cache: ResultCache) -> None:
        super().__init__(settings, store)
        self.cache = cache
        self._prober = Prober(cache)

    async def submit(self, spec: BatchSpec) -> str:
        """Store a batch and give its id; the same nonce and content give the first batch's id.

        Raises InvalidSpec, ProjectNotFound, StoreBusy, StoreFull; there is no batch then.
        """
        spec, sending, told = await self._checked(spec)
        jobs = await self._draft(spec, self._drafter(spec, sending, told))
        templates = renewal.templates(self._checkers)
        names = submit_key(spec), title(spec)
        return batches.add(self.store, str(ULID()), *names, spec, jobs, templates)

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
        return self._stored(read_upload(stream, filename, masks=masks))

    async def add_project_folder(self, path: Path, *, masks: bool = True) -> ProjectView:
        """The same for a folder, a zip or a file of this machine, for the command line."""
        return self._stored(read_directory(path, masks=masks))

    async def add_project_below(self, path: str, *, masks: bool = True) -> ProjectView:
        """The same for a folder of this machine that the settings allow the pages to read."""
        return self._stored(read_below(self.settings.project_roots, path, masks=masks))

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
        self._look_again(renewing.of_project(self.store, project_id, MOST_LOOKED_AT))

    async def rebuild(self, batch_id: str, selection: Selection = EVERY) -> int:
        """Ask stale jobs of a batch again, with what has changed since; how many there were.

        What starts from their artifacts is made again too. Raises SelectionGrew, and InvalidSpec
        where the project lacks by now what a job is about.
        """
        wanted_ids = renewing.chosen_to_rebuild(self.store, batch_id, selection)
        stored = renewing.material(self.store, batch_id)
        project_id, found = self._renewal(stored)
        drafts = {job_id: job for job_id, job in found.drafts.items() if job_id in wanted_ids}
        return renewing.rebuild(self.store, batch_id, project_id, drafts)

    def look_for_other_templates(self) -> int:
        """Mark what would be asked otherwise since templates have changed; how many jobs."""
        told = renewal.templates(self._checkers)
        return self._look_again(renewing.of_other_templates(self.store, told, MOST_LOOKED_AT))

    def _stored(self, upload: Upload) -> ProjectView:
        project = projects.add(self.store, upload)
        self._look_again(renewing.of_project(self.store, project.id, MOST_LOOKED_AT))
        return project

    def _look_again(self, batch_ids: Sequence[str]) -> int:
        """Mark the stale jobs of batches, the newest first, as far as it does not take long.

        Says how many jobs have another mark by that.
        """
        told, jobs_left, number = renewal.templates(self._checkers), MOST_JOBS_LOOKED_AT, 0
        for batch_id in batch_ids:
            stored = renewing.material(self.store, batch_id)
            jobs_left -= len(stored.jobs)
            if jobs_left < 0:
                break
            with contextlib.suppress(InvalidSpec):  # it cannot be asked for at all any more
                _, found = self._renewal(stored)
                stale = found.stale()
                fresh = found.rows.keys() - stale
                number += renewing.mark(self.store, batch_id, sorted(stale), sorted(fresh), told)
        return number

    def _renewal(self, stored: Material) -> tuple[str | None, Renewal]:
        """The project a stored batch is about now, and its jobs drafted anew."""
        project_id = stored.batch.project_id
        if project_id is not None:
            project_id = renewing.newest(self.store, project_id)

        def drafter(spec: BatchSpec) -> Drafter:
            sending = self._sending_of(spec)
            return self._drafter(spec, sending, wanted(spec, sending.chooser.applications))

        spec = renewal.stored_spec(stored, project_id)
        return project_id, renewal.renewal(stored, spec, self._endpoints, drafter)

    async def _checked(self, spec: BatchSpec) -> tuple[BatchSpec, Sending, tuple[Application, ...]]:
        """The batch with all its jobs, what it sends, and the applications it is about."""
        sending = self._sending_of(spec)
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

    def _sending_of(self, spec: BatchSpec) -> Sending:
        if spec.project_id is None:
            return Sending()
        return self._sending(spec.project_id, spec.added_paths, spec.left_out_paths)

    def _sending(
        self, project_id: str, added: Sequence[str] = (), left_out: Sequence[str] = ()
    ) -> Sending:
        project = reads.project(self.store, project_id)
        chooser = Chooser(projects.files(self.store, project_id), project.applications)
        return Sending(chooser, added, left_out, project.masks)


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
