"""The form of a new batch: fields in, a `BatchSpec` or sentences by field out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from webapp.domain.batch import (
    BLUEPRINT,
    FALLBACK_AFTER_S,
    BatchSpec,
    JobSpec,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Policy,
    Retries,
    matrix,
)
from webapp.domain.endpoint import StepView
from webapp.domain.errors import InvalidSpec
from webapp.domain.jobfile import JobFile
from webapp.domain.limits import (
    HOTTEST,
    LARGEST_SEED,
    LONGEST_BRIEF_BYTES,
    LONGEST_FALLBACK_S,
    MOST_AT_ONCE,
    MOST_JOBS,
    MOST_REPAIR_ROUNDS,
    MOST_SAMPLES,
    MOST_TOKENS,
)
from webapp.web.money import read_budget

Form = MultiDict[str, str]
Choice = TypeVar("Choice", bound=StrEnum)

UPLOAD_BYTES = 50 * 1024 * 1024
FIELDS_BYTES = 4 * 1024 * 1024
MOST_FIELDS = 6000  # a project of 5,000 files lists each as a field where scripts are off
PRESETS = {"conservative": 2, "balanced": 3, "aggressive": 5}
OWN_NUMBER = "number"
FACT_FIELD = "fact-"
LIMIT_FIELD = "max_tokens-"  # followed by the name of the kind
NO_MODE = "Choose async or sync."
NO_POLICY = "Say what becomes of a call that breaks off."
NO_RETRIES = "Choose how a failed call is tried again."
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")


def parse_batch(
    form: Form, job_file: JobFile | None = None, steps: Sequence[StepView] = ()
) -> BatchSpec:
    """What the form asks for; InvalidSpec with one sentence for each field at fault.

    A job file takes the place of brief, kinds, models and samples. `steps` are those there are:
    each that is ticked is taken for every artifact that it fits.

    Whether kinds, models and the project exist is for the service to say.
    """
    reader = _Reader(form)
    if job_file is None:
        brief = reader.brief()
        jobs = reader.jobs(brief, steps)
    else:
        brief, jobs = f"Job file {job_file.name}", job_file.jobs
    spec = BatchSpec(
        brief=brief,
        jobs=jobs,
        mode=reader.choice("mode", Mode.ASYNC, NO_MODE),
        concurrency=reader.concurrency(),
        project_id=form.get("project_id") or None,
        fresh="fresh" in form,
        nonce=form.get("nonce", "")[:64] or None,
        added_paths=_distinct(form.getlist("added")),
        left_out_paths=_distinct(form.getlist("left_out")),
        policy=reader.choice("policy", Policy.FINISH_ALL, NO_POLICY),
        application=_folder(form.get("application", "")),
        retries=reader.choice("retries", Retries.DEFAULT, NO_RETRIES),
        fallbacks=reader.fallbacks(),
        fallback_after_s=reader.fallback_after_s(),
        budget_microusd=reader.budget(),
        repair_rounds=reader.repair_rounds(),
    )
    if reader.errors:
        raise InvalidSpec(reader.errors)
    return spec


class _Reader:
    """Reads field by field and goes on after a fault, so that all faults are told at once."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.errors: dict[str, str] = {}

    def brief(self) -> str:
        # Browsers send line ends as CRLF: the same words must be the same brief everywhere.
        brief = self._form.get("brief", "").replace("\r\n", "\n").strip()
        if not brief:
            self.errors["brief"] = "The brief is empty: say in a few words what is to be built."
        elif len(brief.encode()) > LONGEST_BRIEF_BYTES:
            self.errors["brief"] = (
                f"The brief has {len(brief.encode()) // 1000} KB and may have "
                f"{LONGEST_BRIEF_BYTES // 1000}: put long material into the project's zip."
            )
        return brief

    def jobs(self, brief: str, steps: Sequence[StepView]) -> tuple[JobSpec, ...]:
        kinds, models = self._kinds(), self._models()
        ticked = [step for step in steps if step.name in self._form.getlist("steps")]
        samples = self._whole("samples", "samples", "Samples", 1, MOST_SAMPLES) or 1
        limits = self._limits(kinds)
        params = Params(temperature=self._temperature(), seed=self._seed())
        number = len(kinds) * len(models) * samples * (1 + len(ticked))
        if number > MOST_JOBS:
            self.errors["jobs"] = (
                f"This makes {number:,} jobs and a batch holds {MOST_JOBS:,}: "
                "take fewer kinds, models or samples."
            )
            return ()
        after = [replace(kind, step=step.name) for step in ticked for kind in kinds]
        jobs = matrix(
            brief, (*kinds, *after), models, samples=samples, params=params, max_tokens=limits
        )
        return tuple(job for job in jobs if _fits(job, steps))

    def choice(self, name: str, usual: Choice, sentence: str) -> Choice:
        text = self._form.get(name) or usual
        if text not in set(type(usual)):
            self.errors[name] = sentence
            return usual
        return type(usual)(text)

    def fallbacks(self) -> tuple[ModelChoice, ...]:
        return self._parsed("fallbacks", _words(self._form.get("fallbacks", "")))

    def fallback_after_s(self) -> float:
        title = "Fall back after"
        field = "fallback_after"
        return self._whole(field, field, title, 1, LONGEST_FALLBACK_S) or FALLBACK_AFTER_S

    def budget(self) -> int | None:
        try:
            return read_budget(self._form.get("budget", ""))
        except InvalidSpec as error:
            self.errors |= error.errors
            return None

    def repair_rounds(self) -> int | None:
        field = "repair_rounds"
        return self._whole(field, field, "The number of repair rounds", 0, MOST_REPAIR_ROUNDS)

    def concurrency(self) -> int:
        preset = self._form.get("preset", "balanced")
        if preset in PRESETS:
            return PRESETS[preset]
        number = self._whole("concurrency", "concurrency", "Jobs at once", 1, MOST_AT_ONCE)
        if preset != OWN_NUMBER or number is None:
            self.errors.setdefault(
                "concurrency", "Jobs at once: choose a preset or write a number."
            )
        return number or 1

    def _kinds(self) -> tuple[KindChoice, ...]:
        kinds = tuple(map(KindChoice.parse, _distinct(self._form.getlist("kinds"))))
        if not kinds:
            self.errors["kinds"] = "No artifact is chosen: tick at least one."
        return kinds

    def _models(self) -> tuple[ModelChoice, ...]:
        written = _words(self._form.get("other_models", ""))
        models = self._parsed("models", [*self._form.getlist("models"), *written])
        if not models and "models" not in self.errors:
            self.errors["models"] = (
                "No model is chosen: tick at least one, or write ENDPOINT:MODEL."
            )
        return models

    def _parsed(self, field: str, texts: Iterable[str]) -> tuple[ModelChoice, ...]:
        models = []
        for text in _distinct(texts):
            try:
                models.append(ModelChoice.parse(text))
            except ValueError as error:
                self.errors[field] = str(error)
        return tuple(models)

    def _limits(self, kinds: Iterable[KindChoice]) -> dict[str, int]:
        names = dict.fromkeys(kind.kind for kind in kinds)
        title = "The maximum of output tokens"
        limits = {
            name: self._whole(LIMIT_FIELD + name, "max_tokens", title, 1, MOST_TOKENS)
            for name in names
        }
        return {name: limit for name, limit in limits.items() if limit is not None}

    def _temperature(self) -> float | None:
        text = self._form.get("temperature", "").strip()
        if not text:
            return None
        if not (_DECIMAL.fullmatch(text) and 0 <= float(text) <= HOTTEST):
            self.errors["temperature"] = (
                f"Temperature is a number from 0 to {HOTTEST:g}, such as 0.7."
            )
            return None
        return float(text)

    def _seed(self) -> int | None:
        return self._whole("seed", "seed", "The seed", 0, LARGEST_SEED)

    def _whole(self, name: str, field: str, title: str, least: int, most: int) -> int | None:
        """A whole number in a range, or None where nothing is written."""
        text = self._form.get(name, "").strip()
        if not text:
            return None
        if not (_INTEGER.fullmatch(text) and least <= int(text) <= most):
            self.errors[field] = f"{title} must be a whole number from {least:,} to {most:,}."
            return None
        return int(text)


def _fits(job: JobSpec, steps: Sequence[StepView]) -> bool:
    """Whether a job can be: a step that is ticked is only for some of the artifacts chosen."""
    is_blueprint = job.model.endpoint == BLUEPRINT
    step = next((step for step in steps if step.name == job.kind.step), None)
    return step is None or step.fits(job.kind.kind, is_blueprint=is_blueprint)


def said_of_facts(form: Form, folders: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the form says of applications, by folder and fact.

    The fields are called `fact-NUMBER-NAME`, with the place of the application in `folders`.
    """
    said: dict[str, dict[str, str]] = {}
    for place, folder in enumerate(folders):
        start = f"{FACT_FIELD}{place}-"
        named = (name for name in form if name.startswith(start))
        said[folder] = {name.removeprefix(start): form[name] for name in named}
    return said


def _folder(text: str) -> str | None:
    """The application chosen; `.` is the one at the top, nothing is all of them."""
    return "" if text == "." else text or None


def _words(text: str) -> list[str]:
    return re.split(r"[\s,]+", text)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
