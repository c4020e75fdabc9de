"""The async service: what the web side and the command line may ask for.

Called through `async_to_sync`, which runs a fresh loop for each call: nothing that is bound to a
loop is kept here.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from ulid import ULID

from webapp import specs
from webapp.artifacts import catalogue
from webapp.artifacts.prompt import render_blueprint
from webapp.cache import ResultCache, open_cache
from webapp.context import read_directory, read_upload
from webapp.context.select import DEFAULT_BUDGET_TOKENS, choose_files
from webapp.domain.artifact import Result
from webapp.domain.batch import BLUEPRINT, BatchSpec, Mode
from webapp.domain.endpoint import Choices, Endpoint, EndpointView, Health, KindView
from webapp.domain.errors import EndpointNotFound
from webapp.domain.project import Facts, ProjectFile, ProjectView, Upload
from webapp.domain.views import Plan
from webapp.draft import Drafter, cache_key
from webapp.providers import build_providers
from webapp.providers.transport import open_transport
from webapp.settings import Settings
from webapp.store import batches, changes, projects, reads
from webapp.store.batches import NewJob
from webapp.store.database import Store, open_store

TITLE_CHARS = 80
PROBE_S = 2.0  # how long a page waits to hear which models there are


class Service:
    """One for each process; safe to use from many threads."""

    def __init__(self, settings: Settings, store: Store, cache: ResultCache) -> None:
        self.settings = settings
        self.store = store
        self.cache = cache
        self._endpoints = {endpoint.name: endpoint for endpoint in settings.endpoints}

    async def submit(self, spec: BatchSpec) -> str:
        """Store a batch and give its id; the same nonce and content give the first batch's id.

        Raises InvalidSpec, ProjectNotFound, StoreBusy, StoreFull; nothing is stored then.
        """
        spec = self._checked(spec)
        jobs = await self._draft(spec, *self._context(spec))
        return batches.add(self.store, str(ULID()), _submit_key(spec), _title(spec), spec, jobs)

    async def plan(self, spec: BatchSpec) -> Plan:
        """What a submit would do; raises InvalidSpec and ProjectNotFound as it would."""
        spec = self._checked(spec)
        files, facts = self._context(spec)
        jobs = await self._draft(spec, files, facts)
        names = dict.fromkeys(job.spec.model.endpoint for job in jobs)
        used = [self._endpoints[name] for name in names]
        at_once, limited_by = _at_once(spec, used)
        return Plan(
            jobs=len(jobs),
            cached=sum(job.hit is not None for job in jobs),
            sent_paths=tuple((file.path, file.tokens) for file in files),
            budget_tokens=DEFAULT_BUDGET_TOKENS,
            endpoints=tuple(endpoint.name for endpoint in used if endpoint.name != BLUEPRINT),
            at_once=at_once,
            limited_by=limited_by,
        )

    async def cancel(self, batch_id: str) -> int:
        """Cancel all open jobs of a batch, running ones within a second; how many there were."""
        return changes.cancel_batch(self.store, batch_id)

    async def cancel_job(self, job_id: str) -> bool:
        """Cancel one job; False if it stood still already."""
        return changes.cancel_job(self.store, job_id)

    async def retry(self, batch_id: str) -> int:
        """Put the failed and parked jobs of a batch back to the queue; how many there were."""
        return changes.retry_batch(self.store, batch_id)

    async def retry_job(self, job_id: str, *, double_limit: bool = False) -> bool:
        """Run one job again, perhaps with twice the output limit; False if it is still open."""
        if not double_limit:
            return changes.retry_job(self.store, job_id)
        row = changes.job_row(self.store, job_id)
        spec = specs.of_row(row)
        endpoint = self._endpoint(row.endpoint)
        key = cache_key(endpoint, spec, 2 * row.max_tokens, row.receipt_id)
        return changes.retry_job(self.store, job_id, max_tokens=2 * row.max_tokens, cache_key=key)

    async def probe(self, name: str) -> Health:
        """Ask an endpoint now whether it works; raises EndpointNotFound."""
        health = await self._ask(self._endpoint(name))
        await self.cache.set_health(health)
        return health

    async def choices(self) -> Choices:
        """What a batch can be made of; waits at most 2 s for endpoints to say their models."""
        healths = await asyncio.gather(*map(self._health, self._endpoints.values()))
        views = zip(self._endpoints.values(), healths, strict=True)
        return Choices(
            kinds=tuple(map(_kind_view, catalogue.KINDS.values())),
            endpoints=tuple(_endpoint_view(endpoint, health) for endpoint, health in views),
        )

    async def add_project(self, stream: BinaryIO, filename: str) -> ProjectView:
        """Store an uploaded zip; raises BadUpload, and nothing is kept."""
        return self._store_project(read_upload(stream, filename))

    async def add_project_folder(self, path: Path) -> ProjectView:
        """Store a folder or a zip of this machine, for the command line; raises BadUpload."""
        return self._store_project(read_directory(path))

    async def usual_paths(self, project_id: str) -> frozenset[str]:
        """The files of a project that are sent unless the user chooses; raises ProjectNotFound."""
        files, _ = self._project(project_id)
        return frozenset(file.path for file in files)

    def _store_project(self, upload: Upload) -> ProjectView:
        return projects.add(self.store, upload)

    def _checked(self, spec: BatchSpec) -> BatchSpec:
        specs.check(spec, self._endpoints)
        return spec if self.settings.async_enabled else replace(spec, mode=Mode.SYNC)

    async def _draft(
        self, spec: BatchSpec, files: Sequence[ProjectFile], facts: Facts
    ) -> list[NewJob]:
        drafter = Drafter(self._endpoints, files, facts)
        fresh = spec.fresh or not self.cache.is_on
        hits: Mapping[str, Result] = {}
        if not fresh:
            keys = [drafter.cache_key(job) for job in spec.jobs]
            hits = await self.cache.get_many(keys)
        return [drafter.job(job, fresh=fresh, hits=hits) for job in spec.jobs]

    def _context(self, spec: BatchSpec) -> tuple[Sequence[ProjectFile], Facts]:
        if spec.project_id is None:
            return (), Facts()
        return self._project(spec.project_id, spec.added_paths, spec.left_out_paths)

    def _project(
        self, project_id: str, added: Sequence[str] = (), left_out: Sequence[str] = ()
    ) -> tuple[Sequence[ProjectFile], Facts]:
        view = reads.project(self.store, project_id)
        files = choose_files(
            projects.files(self.store, project_id),
            budget_tokens=DEFAULT_BUDGET_TOKENS,
            added=added,
            left_out=left_out,
        )
        return files, view.facts

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self._endpoints:
            raise EndpointNotFound(name)
        return self._endpoints[name]

    async def _health(self, endpoint: Endpoint) -> Health | None:
        if not endpoint.is_set_up:
            return None
        known = await self.cache.health(endpoint.name)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(PROBE_S):
                return await self.probe(endpoint.name)
        except TimeoutError:
            sentence = f"{endpoint.name} did not say within {PROBE_S:g} s which models it has."
            return Health(endpoint.name, False, sentence, (), None)

    async def _ask(self, endpoint: Endpoint) -> Health:
        if not endpoint.is_set_up:
            return Health(endpoint.name, False, f"Not set up: set {endpoint.missing}.", (), None)
        async with open_transport(self.settings.proxy, self.settings.ca_file) as transport:
            provider = build_providers([endpoint], transport, render_blueprint)[endpoint.name]
            return await provider.health()


def open_service(settings: Settings) -> Service:
    """The service over the data folder of these settings."""
    store = open_store(settings.database_path)
    return Service(settings, store, open_cache(settings.cache_dir, settings.cache_ttl_s))


def _title(spec: BatchSpec) -> str:
    """The first words of the brief, as the list of batches shows them."""
    first_line = next((line for line in spec.brief.splitlines() if line.strip()), "")
    words = " ".join(first_line[: 10 * TITLE_CHARS].split())
    if len(words) > TITLE_CHARS:
        cut = words[: TITLE_CHARS - 1]
        words = f"{cut.rpartition(' ')[0] or cut}…"
    return words or f"{len(spec.jobs)} jobs"


def _submit_key(spec: BatchSpec) -> str | None:
    if spec.nonce is None:
        return None
    return hashlib.sha256(json.dumps(asdict(spec)).encode()).hexdigest()


def _at_once(spec: BatchSpec, endpoints: Sequence[Endpoint]) -> tuple[int, str]:
    """How many jobs run at once, and what sets it."""
    if spec.mode is Mode.SYNC:
        return 1, "sync mode"
    bounds = [(len(spec.jobs), "the number of jobs"), (spec.concurrency, "the batch")]
    caps = [endpoint.cap for endpoint in endpoints]
    if all(cap is not None for cap in caps):
        settings = " and ".join(dict.fromkeys(endpoint.cap_setting for endpoint in endpoints))
        bounds.append((sum(cap or 0 for cap in caps), settings))
    return min(bounds, key=lambda bound: bound[0])


def _kind_view(kind: catalogue.Kind) -> KindView:
    return KindView(
        name=kind.name,
        title=kind.title,
        targets=kind.targets,
        max_tokens=kind.max_tokens,
        is_checked=kind.is_checked,
        has_blueprint=kind.blueprint is not None,
    )


def _endpoint_view(endpoint: Endpoint, health: Health | None) -> EndpointView:
    return EndpointView(
        name=endpoint.name,
        type=endpoint.type,
        base_url=endpoint.base_url,
        cap=endpoint.cap,
        is_local=endpoint.is_local,
        missing=endpoint.missing,
        health=health,
    )
