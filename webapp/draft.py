"""From what is asked for to jobs ready to be stored: prompts, receipts and cache keys."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Row
from ulid import ULID

from webapp import specs
from webapp.artifacts import catalogue
from webapp.artifacts.own_files import own_files
from webapp.artifacts.prompt import (
    Parts,
    blueprint_prompt,
    build_prompt,
    fact_parts,
    input_part,
    written_facts,
)
from webapp.artifacts.steps import STEPS
from webapp.context.brief import find_brief_facts
from webapp.context.facts import merge
from webapp.domain.artifact import Artifact, Result
from webapp.domain.batch import (
    BLUEPRINT,
    BatchSpec,
    JobSpec,
    KindChoice,
    ModelChoice,
    Params,
    PromptPart,
)
from webapp.domain.endpoint import Endpoint
from webapp.domain.project import Application, Facts, ProjectFile, SentFile
from webapp.forecast import Asked, Forecast
from webapp.prices import Prices
from webapp.sending import Sending, Sent
from webapp.store import fallbacks
from webapp.store.batches import NewJob, NewReceipt
from webapp.store.blobs import digest_of
from webapp.store.fallbacks import Fallback

TITLE_CHARS = 80


@dataclass(slots=True)
class Drafter:
    """Drafts the jobs of one submit; prompts that jobs share are built once."""

    endpoints: Mapping[str, Endpoint]
    sending: Sending  # of the project's files
    applications: Sequence[Application]  # of the project, those that are wanted
    forecast: Forecast
    fallbacks: Sequence[ModelChoice] = ()
    own: Sequence[ProjectFile] = ()  # all of the project's, where a job starts from some of them
    checkers: str = ""  # who checks besides us, as `full.version` says
    receipts: dict[tuple[object, ...], NewReceipt] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of a prompt, by receipt
    parts: dict[PromptPart, tuple[PromptPart, str]] = field(default_factory=dict)
    fact_parts: dict[tuple[Facts, ...], Parts] = field(default_factory=dict)
    given: dict[tuple[KindChoice, str | None], Result] = field(default_factory=dict)

    def receipt(self, spec: JobSpec) -> NewReceipt:
        """What will be sent for a job."""
        is_blueprint = spec.model.endpoint == BLUEPRINT
        likeness = (spec.brief, spec.kind, spec.application, is_blueprint, spec.after is None)
        if likeness not in self.receipts:
            self.receipts[likeness] = self._new_receipt(spec, is_blueprint)
        return self.receipts[likeness]

    def cache_key(self, spec: JobSpec) -> str:
        """The digest of all that decides the answer: where, which, how, what, and who checks."""
        endpoint = self.endpoints[spec.model.endpoint]
        receipt_id = self.receipt(spec).id
        return cache_key(endpoint, spec, limit_of(spec), receipt_id, self.checkers)

    def jobs(
        self,
        specs: Sequence[JobSpec],
        *,
        fresh: bool,
        never_twice: bool,
        hits: Mapping[str, Result],
    ) -> list[NewJob]:
        """All jobs of a submit, each with the id of the one it depends on."""
        drafted = [
            self.job(spec, fresh=fresh, never_twice=never_twice, hits=hits) for spec in specs
        ]
        ids = {job.spec: job.id for job in reversed(drafted)}  # of equal ones the first
        return [
            replace(job, depends_on=ids[job.spec.after]) if job.spec.after else job
            for job in drafted
        ]

    def job(
        self, spec: JobSpec, *, fresh: bool, never_twice: bool, hits: Mapping[str, Result]
    ) -> NewJob:
        """A job ready to be stored; where a call costs nothing it may always be repeated."""
        key = self.cache_key(spec)
        hit = None if fresh else hits.get(key)
        tokens, cost = self.forecast.reserve(self.asked(spec))
        return NewJob(
            id=str(ULID()),
            spec=spec,
            max_tokens=limit_of(spec),
            receipt=self.receipt(spec),
            cache_key=key,
            fresh=fresh,
            hit=hit,
            never_twice=self._never_twice(spec, never_twice),
            reserve_tokens=tokens,
            reserve_cost=cost,
            fallbacks=() if hit else self._fallbacks(spec, never_twice),
            given=self._given(spec),
            saved=self.forecast.spared(spec.model, hit) if hit else 0,
        )

    def asked(self, spec: JobSpec) -> Asked:
        """The call of a job, to foretell what it takes."""
        receipt = self.receipt(spec)
        return Asked(spec.model, spec.kind.kind, self.sizes[receipt.id], limit_of(spec))

    def _given(self, spec: JobSpec) -> Result | None:
        """What a step starts from that comes after no other job: the project's own files."""
        if spec.kind.step is None or spec.after is not None:
            return None
        kind, folder = spec.kind.base, spec.application
        if (kind, folder) not in self.given:
            files = own_files(catalogue.KINDS[kind.kind], self.own, folder)
            self.given[kind, folder] = Result(str(ULID()), Artifact(files, (), ()), None, None)
        return self.given[kind, folder]

    def _never_twice(self, spec: JobSpec, never_twice: bool) -> bool:
        return never_twice and not self.endpoints[spec.model.endpoint].is_free

    def _fallbacks(
        self, spec: JobSpec, never_twice: bool
    ) -> tuple[tuple[Fallback, NewReceipt], ...]:
        others = (model for model in self.fallbacks if model != spec.model)
        return tuple(self._fallback(replace(spec, model=model), never_twice) for model in others)

    def _fallback(self, spec: JobSpec, never_twice: bool) -> tuple[Fallback, NewReceipt]:
        receipt = self.receipt(spec)
        tokens, cost = self.forecast.reserve(self.asked(spec))
        fallback = Fallback(
            spec.model.endpoint,
            spec.model.model,
            receipt.id,
            self.cache_key(spec),
            self._never_twice(spec, never_twice),
            tokens,
            cost,
        )
        return fallback, receipt

    def _new_receipt(self, spec: JobSpec, is_blueprint: bool) -> NewReceipt:
        kind = catalogue.KINDS[spec.kind.kind]
        facts, *others = self._facts(kind, spec)
        if is_blueprint:
            step = spec.kind.step
            parts = blueprint_prompt(kind, spec.kind.target, spec.brief, facts, others, step=step)
        else:
            parts = self._model_prompt(kind, spec, (facts, *others))
        if given := self._given(spec):
            parts = (*parts, input_part(given.artifact.files, is_blueprint=is_blueprint))
        sent = Sent() if is_blueprint else self.sending.of(kind.name)
        keyed = tuple(map(self._keyed, parts))
        told = written_facts((facts, *others)) if kind.is_checked else None
        receipt = NewReceipt(_receipt_id(keyed, sent.files), keyed, sent.files, sent.masks, told)
        self.sizes[receipt.id] = sum(len(part.text.encode()) for part in parts)
        return receipt

    def _facts(self, kind: catalogue.Kind, spec: JobSpec) -> tuple[Facts, ...]:
        """What is known of the application a job is for, or of all where it is for all."""
        known = {each.folder: each.facts for each in self.applications}
        if spec.application in known:
            found = [known[spec.application]]
        else:
            found = list(known.values()) if kind.takes_all else list(known.values())[:1]
        # Of several applications, nobody can tell which the brief speaks of.
        if len(known) > 1:
            return tuple(found)
        return (merge(found[0] if found else Facts(), find_brief_facts(spec.brief)),)

    def _model_prompt(self, kind: catalogue.Kind, spec: JobSpec, facts: tuple[Facts, ...]) -> Parts:
        if facts not in self.fact_parts:
            self.fact_parts[facts] = fact_parts(facts[0], facts[1:])
        return build_prompt(
            kind,
            spec.kind.target,
            spec.brief,
            self.fact_parts[facts],
            self.sending.of(kind.name).parts,
            application=spec.application,
            step=spec.kind.step,
        )

    def _keyed(self, part: PromptPart) -> tuple[PromptPart, str]:
        """A part with its digest; equal ones are one: 10,000 times the same task are 52 MB."""
        if part not in self.parts:
            self.parts[part] = part, digest_of(part.text)
        return self.parts[part]


def limit_of(spec: JobSpec) -> int:
    """The most tokens an answer may have: as asked, else as the kind needs."""
    return spec.params.max_tokens or catalogue.KINDS[spec.kind.kind].max_tokens


def cache_key(
    endpoint: Endpoint, spec: JobSpec, max_tokens: int, receipt_id: str, checkers: str
) -> str:
    """SHA-256 over the whole request; the sample number keeps samples apart."""
    kind = catalogue.KINDS[spec.kind.kind]
    params = Params(max_tokens, spec.params.temperature, spec.params.seed)
    where = [endpoint.type, endpoint.base_url, endpoint.wire.api, endpoint.wire.api_version]
    version = [kind.version, checkers]
    what = [str(spec.model), asdict(params), spec.sample, receipt_id, str(spec.kind), version]
    if spec.kind.step:
        what.append(STEPS[spec.kind.step].version)
    return hashlib.sha256(json.dumps([where, what]).encode()).hexdigest()


def with_limit(
    row: Row[Any],
    max_tokens: int,
    endpoints: Mapping[str, Endpoint],
    prices: Prices,
    checkers: str = "",
) -> dict[str, Any]:
    """The columns of a stored job that another output limit changes, its fallbacks included."""

    def changed(model: ModelChoice, receipt_id: str, reserve_tokens: int) -> dict[str, Any]:
        spec = replace(specs.of_row(row), model=model)
        given = reserve_tokens - row.max_tokens
        endpoint = endpoints[model.endpoint]
        return {
            "cache_key": cache_key(endpoint, spec, max_tokens, receipt_id, checkers),
            "reserve_tokens": given + max_tokens,
            "reserve_cost": prices.cost(model, given, max_tokens),
        }

    others = [
        replace(each, **changed(each.choice, each.receipt_id, each.reserve_tokens))
        for each in fallbacks.load(row.fallbacks)
        if each.endpoint in endpoints
    ]
    model = ModelChoice(row.endpoint, row.model)
    own = changed(model, row.draft_receipt_id or row.receipt_id, row.reserve_tokens)
    if row.draft_receipt_id:  # its key is made of this one, once what it starts from is there
        own |= {"draft_key": own["cache_key"]}
    return own | {"max_tokens": max_tokens, "fallbacks": fallbacks.dump(others)}


def _receipt_id(parts: Sequence[tuple[PromptPart, str]], sent: Sequence[SentFile]) -> str:
    paths = [file.path for file in sent]
    content = [[[part.role, part.title, digest] for part, digest in parts], paths]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def title(spec: BatchSpec) -> str:
    """The first words of the brief, as the list of batches shows them."""
    first_line = next((line for line in spec.brief.splitlines() if line.strip()), "")
    words = " ".join(first_line[: 10 * TITLE_CHARS].split())
    if len(words) > TITLE_CHARS:
        cut = words[: TITLE_CHARS - 1]
        words = f"{cut.rpartition(' ')[0] or cut}…"
    return words or f"{len(spec.jobs)} jobs"


def submit_key(spec: BatchSpec) -> str | None:
    """What makes a repeated submit the same batch; None where nothing does."""
    if spec.nonce is None:
        return None
    return hashlib.sha256(json.dumps(asdict(spec)).encode()).hexdigest()
