"""From what is asked for to jobs ready to be stored: prompts, receipts and cache keys."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from ulid import ULID

from webapp.artifacts import catalogue
from webapp.artifacts.prompt import Parts, blueprint_prompt, build_prompt, fact_parts, file_parts
from webapp.context.brief import find_brief_facts
from webapp.context.facts import merge
from webapp.domain.artifact import Result
from webapp.domain.batch import BLUEPRINT, JobSpec, Params, PromptPart
from webapp.domain.endpoint import Endpoint
from webapp.domain.project import Application, Facts, ProjectFile
from webapp.store.batches import NewJob, NewReceipt
from webapp.store.blobs import digest_of


@dataclass(slots=True)
class Drafter:
    """Drafts the jobs of one submit; prompts that jobs share are built once."""

    endpoints: Mapping[str, Endpoint]
    files: Sequence[ProjectFile]
    applications: Sequence[Application]  # of the project, those that are wanted
    receipts: dict[tuple[object, ...], NewReceipt] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    file_parts: Parts = field(init=False)
    fact_parts: dict[tuple[Facts, ...], Parts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file_parts = file_parts(self.files)

    def receipt(self, spec: JobSpec) -> NewReceipt:
        """What will be sent for a job."""
        is_blueprint = spec.model.endpoint == BLUEPRINT
        likeness = (spec.brief, spec.kind, spec.application, is_blueprint)
        if likeness not in self.receipts:
            self.receipts[likeness] = self._new_receipt(spec, is_blueprint)
        return self.receipts[likeness]

    def cache_key(self, spec: JobSpec) -> str:
        """The digest of all that decides the answer: where, which, how, what, and who checks."""
        endpoint = self.endpoints[spec.model.endpoint]
        return cache_key(endpoint, spec, limit_of(spec), self.receipt(spec).id)

    def job(
        self, spec: JobSpec, *, fresh: bool, never_twice: bool, hits: Mapping[str, Result]
    ) -> NewJob:
        """A job ready to be stored; where a call costs nothing it may always be repeated."""
        key = self.cache_key(spec)
        hit = None if fresh else hits.get(key)
        return NewJob(
            id=str(ULID()),
            spec=spec,
            max_tokens=limit_of(spec),
            receipt=self.receipt(spec),
            cache_key=key,
            fresh=fresh,
            hit=hit,
            never_twice=never_twice and not self.endpoints[spec.model.endpoint].is_free,
        )

    def _new_receipt(self, spec: JobSpec, is_blueprint: bool) -> NewReceipt:
        kind = catalogue.KINDS[spec.kind.kind]
        facts, *others = self._facts(kind, spec)
        if is_blueprint:
            parts = blueprint_prompt(kind, spec.kind.target, spec.brief, facts, others)
        else:
            parts = self._model_prompt(kind, spec, (facts, *others))
        paths = () if is_blueprint else tuple(file.path for file in self.files)
        keyed = tuple((part, self._digest(part)) for part in parts)
        return NewReceipt(_receipt_id(keyed, paths), keyed, paths)

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
            self.file_parts,
            application=spec.application,
        )

    def _digest(self, part: PromptPart) -> str:
        digest = self.digests.get(part.text)
        if digest is None:
            digest = self.digests[part.text] = digest_of(part.text)
        return digest


def limit_of(spec: JobSpec) -> int:
    """The most tokens an answer may have: as asked, else as the kind needs."""
    return spec.params.max_tokens or catalogue.KINDS[spec.kind.kind].max_tokens


def cache_key(endpoint: Endpoint, spec: JobSpec, max_tokens: int, receipt_id: str) -> str:
    """SHA-256 over the whole request; the sample number keeps samples apart."""
    kind = catalogue.KINDS[spec.kind.kind]
    params = Params(max_tokens, spec.params.temperature, spec.params.seed)
    where = [endpoint.type, endpoint.base_url, endpoint.wire.api, endpoint.wire.api_version]
    what = [str(spec.model), asdict(params), spec.sample, receipt_id, str(spec.kind), kind.version]
    return hashlib.sha256(json.dumps([where, what]).encode()).hexdigest()


def _receipt_id(parts: Sequence[tuple[PromptPart, str]], paths: Sequence[str]) -> str:
    content = [[[part.role, part.title, digest] for part, digest in parts], list(paths)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
