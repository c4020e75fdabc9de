"""`omni submit`: a batch from the command line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click
from asgiref.sync import async_to_sync

from webapp import logs
from webapp.cli.settings import settings_or_exit
from webapp.cli.waiting import MICRO, dollars, usd, wait_and_report
from webapp.domain.batch import (
    FALLBACK_AFTER_S,
    BatchSpec,
    KindChoice,
    Mode,
    ModelChoice,
    Policy,
    Retries,
    matrix,
)
from webapp.domain.errors import InvalidSpec, JobFileErrors, OmniError
from webapp.domain.limits import MOST_REPAIR_ROUNDS
from webapp.domain.project import ProjectView
from webapp.domain.views import CostRange, KindFiles, Plan
from webapp.service import Service, open_service

BALANCED = 3
MOST_PLACES = 20


@click.command(name="submit")
@click.option("--brief", help="What to build, in your words.")
@click.option("--brief-file", type=click.File(encoding="utf-8"), help="A file with the brief.")
@click.option("--kinds", metavar="KIND[@TARGET],…", help="Which artifacts: dockerfile,compose.")
@click.option("--models", metavar="MODEL,…", help="Which models: blueprint,openai:NAME.")
@click.option("--samples", type=click.IntRange(1, 20), help="Answers a model; 1 if not given.")
@click.option(
    "--jobs", type=click.File("rb"), metavar="FILE", help="One JSON object a line and job."
)
@click.option(
    "--application", metavar="FOLDER", help="The one of the project's applications; . is the top."
)
@click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="Correct a fact of the project, such as port=8080; may be given again.",
)
@click.option("--project", type=click.Path(exists=True, path_type=Path), metavar="DIR|ZIP|FILE")
@click.option("--no-mask", is_flag=True, help="Send secrets in the project as they are.")
@click.option("--concurrency", type=int, default=BALANCED, show_default=True, help="Jobs at once.")
@click.option("--sync", is_flag=True, help="One job at a time, in order.")
@click.option(
    "--never-twice",
    is_flag=True,
    help="Park a job whose call broke off and may have been charged, instead of calling again.",
)
@click.option(
    "--retries",
    type=click.Choice([each.value for each in Retries]),
    default=Retries.DEFAULT.value,
    show_default=True,
    help="How a failed call is tried again.",
)
@click.option("--fallback", metavar="MODEL,…", help="Models that answer instead, in this order.")
@click.option(
    "--fallback-after",
    type=float,
    metavar="S",
    default=FALLBACK_AFTER_S,
    show_default=True,
    help="Seconds a model may cool down before another one answers.",
)
@click.option("--budget", type=usd, metavar="USD", help="The most it may cost, such as 2.50.")
@click.option(
    "--repair-rounds",
    type=click.IntRange(0, MOST_REPAIR_ROUNDS),
    help="How often the errors of an answer go back to its model; OMNI_REPAIR_ROUNDS if not given.",
)
@click.option("--plan", is_flag=True, help="Only say what would be done, and what it may cost.")
@click.option("--fresh", is_flag=True, help="Call the models even where results are cached.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of a sentence."
)
def command(**flags: Any) -> None:
    """Submit a batch, wait for it, and save its files.

    Say what to build by --brief or --brief-file with --kinds and --models, or by --jobs with a file
    of JSON Lines. The files land in DIR/NUMBER/…, or in DIR/ID/… where a job file gives ids.

    Exit code 0: all jobs succeeded. 1: some did not, or nothing was submitted. 2: a wrong option.
    3: no runner lives, so the batch waits.
    """
    asked = _Asked(**flags)
    asked.check()
    settings = settings_or_exit()
    logs.configure(settings)
    try:
        service = open_service(settings)
        spec = asked.spec(service)
        if asked.plan:
            _tell(async_to_sync(service.plan)(spec), as_json=asked.as_json)
            return
        batch_id = async_to_sync(service.submit)(spec)
        wait_and_report(service.store, batch_id, asked.out, as_json=asked.as_json)
    except InvalidSpec as error:
        raise click.ClickException("\n".join(error.errors.values())) from None
    except JobFileErrors as error:
        raise click.ClickException(f"Nothing was submitted.\n{error.sentence}") from None
    except OmniError as error:
        raise click.ClickException(error.sentence) from None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the flags say, by their names."""

    brief: str | None
    brief_file: TextIO | None
    kinds: str | None
    models: str | None
    samples: int | None
    jobs: BinaryIO | None
    application: str | None
    facts: tuple[str, ...]
    project: Path | None
    no_mask: bool
    concurrency: int
    sync: bool
    never_twice: bool
    retries: str
    fallback: str | None
    fallback_after: float
    budget: int | None
    repair_rounds: int | None
    plan: bool
    fresh: bool
    out: Path | None
    as_json: bool

    def check(self) -> None:
        """Raise UsageError where flags contradict each other, or something is missing."""
        _models(self.fallback)
        matrix_flags = (self.brief, self.brief_file, self.kinds, self.models, self.samples)
        if self.jobs is None:
            if (self.brief is None) == (self.brief_file is None):
                raise click.UsageError("Give either --brief or --brief-file, or else --jobs.")
            self._choices()
        elif any(flag is not None for flag in matrix_flags):
            raise click.UsageError("--jobs says it all: leave out brief, kinds, models, samples.")
        if self.project is None and (self.facts or self.application):
            raise click.UsageError("--fact and --application tell of a --project: give that too.")
        if any("=" not in fact for fact in self.facts):
            raise click.UsageError("Write a fact as NAME=VALUE, such as --fact port=8080.")

    def spec(self, service: Service) -> BatchSpec:
        """The whole batch; the project is stored first. Raises BadUpload and JobFileErrors."""
        if self.jobs is None:
            brief = self._brief()
            jobs = matrix(brief, *self._choices(), samples=self.samples or 1)
        else:
            brief = f"Job file {Path(self.jobs.name).name}"
            jobs = async_to_sync(service.read_job_file)(self.jobs)
        project_id = self._project(service, self.project) if self.project is not None else None
        mode = Mode.SYNC if self.sync else Mode.ASYNC
        return BatchSpec(
            brief=brief,
            jobs=jobs,
            mode=mode,
            concurrency=self.concurrency,
            project_id=project_id,
            fresh=self.fresh,
            policy=Policy.NEVER_TWICE if self.never_twice else Policy.FINISH_ALL,
            application=self._folder,
            retries=Retries(self.retries),
            fallbacks=tuple(_models(self.fallback)),
            fallback_after_s=self.fallback_after,
            budget_microusd=self.budget,
            repair_rounds=self.repair_rounds,
        )

    @property
    def _folder(self) -> str | None:
        return "" if self.application == "." else self.application

    def _project(self, service: Service, path: Path) -> str:
        """Store the project with what is said of the application chosen, or of all."""
        project = async_to_sync(service.add_project_folder)(path, masks=not self.no_mask)
        _tell_masks(project)
        said = dict(fact.split("=", 1) for fact in self.facts)
        folders = [each.folder for each in project.applications]
        told = folders if self._folder is None else [self._folder]
        if said:
            async_to_sync(service.correct)(project.id, dict.fromkeys(told, said))
        return project.id

    def _brief(self) -> str:
        try:
            return self.brief_file.read() if self.brief_file else self.brief or ""
        except UnicodeDecodeError:
            raise click.UsageError("The file of --brief-file is not UTF-8.") from None

    def _choices(self) -> tuple[list[KindChoice], list[ModelChoice]]:
        kinds = [KindChoice.parse(name) for name in _listed(self.kinds or "")]
        models = _models(self.models)
        if not kinds or not models:
            raise click.UsageError("Give --kinds and --models, or else --jobs.")
        return kinds, models


def _models(text: str | None) -> list[ModelChoice]:
    try:
        return [ModelChoice.parse(name) for name in _listed(text or "")]
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _tell_masks(project: ProjectView) -> None:
    """Say where secrets were found, and what became of them; never what they are."""
    if not project.masks:
        return
    places = [f"{each.path}:{each.line} ({each.what})" for each in project.masks]
    more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
    done = "masked" if project.masks[0].name else "left as they are"
    shown = ", ".join(places[:MOST_PLACES])
    click.echo(f"Secrets in the project, {done}: {shown}{more}.", err=True)


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _tell(plan: Plan, *, as_json: bool) -> None:
    """Print what a submit would do."""
    click.echo(json.dumps(_planned(plan)) if as_json else "\n".join(_sentences(plan)))


def _planned(plan: Plan) -> dict[str, object]:
    return {
        "jobs": plan.jobs,
        "cached": plan.cached,
        "at_once": plan.at_once,
        "files": sorted({path for each in plan.sent for path, _ in each.files}),
        "sent": [{"kinds": each.kinds, "files": dict(each.files)} for each in plan.sent],
        "endpoints": plan.endpoints,
        "fallbacks": plan.standby,
        "least_usd": plan.cost.least_microusd / MICRO,
        "most_usd": plan.cost.most_microusd / MICRO,
        "unknown_prices": plan.cost.unknown,
    }


def _sentences(plan: Plan) -> list[str]:
    return [
        f"Jobs: {plan.jobs:,}, {plan.cached:,} of them from the cache, {plan.at_once:,} at once.",
        *map(_sent_sentence, plan.sent),
        f"Sent to: {', '.join(plan.endpoints) or 'nobody'}.",
        *([f"Or else to: {', '.join(plan.standby)}."] if plan.standby else []),
        *_cost_sentences(plan.cost),
        "Nothing was submitted.",
    ]


def _sent_sentence(sent: KindFiles) -> str:
    files = ", ".join(path for path, _ in sent.files) or "none"
    return f"Files sent for {', '.join(sent.kinds)}: {files}; about {sent.tokens:,} tokens."


def _cost_sentences(cost: CostRange) -> list[str]:
    least, most = dollars(cost.least_microusd), dollars(cost.most_microusd)
    known = f"Cost: {least} to {most}." if cost.most_microusd else "Cost: free."
    if not cost.unknown:
        return [known]
    unknown = f"The price is not known of: {', '.join(cost.unknown)}."
    # What nobody knows is not free.
    return [known, unknown] if cost.most_microusd else [unknown]
