"""`omni submit`: a batch from the command line."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click
from asgiref.sync import async_to_sync

from webapp import logs
from webapp.cli.settings import settings_or_exit
from webapp.domain.batch import (
    BatchSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Policy,
    matrix,
)
from webapp.domain.errors import InvalidSpec, JobFileErrors, OmniError
from webapp.domain.views import BatchView
from webapp.service import Service, open_service
from webapp.store import reads
from webapp.store.database import Store
from webapp.store.export import zip_entries

BALANCED = 3
POLL_S = 0.1
NO_RUNNER = 3
INTERRUPTED = 130  # as a shell says it of Ctrl-C


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
@click.option("--project", type=click.Path(exists=True, path_type=Path), metavar="DIR|ZIP")
@click.option("--concurrency", type=int, default=BALANCED, show_default=True, help="Jobs at once.")
@click.option("--sync", is_flag=True, help="One job at a time, in order.")
@click.option(
    "--never-twice",
    is_flag=True,
    help="Park a job whose call broke off and may have been charged, instead of calling again.",
)
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
        batch_id = async_to_sync(service.submit)(asked.spec(service))
        view = _finished(service.store, batch_id)
        if asked.out is not None:
            _save(service.store, batch_id, asked.out)
    except InvalidSpec as error:
        raise click.ClickException("\n".join(error.errors.values())) from None
    except JobFileErrors as error:
        raise click.ClickException(f"Nothing was submitted.\n{error.sentence}") from None
    except OmniError as error:
        raise click.ClickException(error.sentence) from None
    click.echo(json.dumps(_figures(view)) if asked.as_json else _summary(view, asked.out))
    sys.exit(0 if view.counts[JobStatus.SUCCEEDED] == view.total else 1)


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
    concurrency: int
    sync: bool
    never_twice: bool
    fresh: bool
    out: Path | None
    as_json: bool

    def check(self) -> None:
        """Raise UsageError where flags contradict each other, or something is missing."""
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
        )

    @property
    def _folder(self) -> str | None:
        return "" if self.application == "." else self.application

    def _project(self, service: Service, path: Path) -> str:
        """Store the project with what is said of the application chosen, or of all."""
        project = async_to_sync(service.add_project_folder)(path)
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
        try:
            models = [ModelChoice.parse(name) for name in _listed(self.models or "")]
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        if not kinds or not models:
            raise click.UsageError("Give --kinds and --models, or else --jobs.")
        return kinds, models


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _finished(store: Store, batch_id: str) -> BatchView:
    """The batch once it is finished; ends the command where nobody works on it."""
    view = reads.batch(store, batch_id)
    label = f"Batch {batch_id}"
    hidden = not sys.stderr.isatty()
    try:
        with click.progressbar(
            length=view.total, label=label, file=sys.stderr, hidden=hidden
        ) as bar:
            while not view.is_finished:
                time.sleep(POLL_S)
                done, view = view.done, _moved(store, view)
                bar.update(view.done - done)
    except KeyboardInterrupt:
        click.echo(f"\n{label} goes on without this command: see /batches/{batch_id}.", err=True)
        sys.exit(INTERRUPTED)
    return view


def _moved(store: Store, view: BatchView) -> BatchView:
    """The batch as it is now."""
    if reads.batch_version(store, view.id) != view.version:
        return reads.batch(store, view.id)
    if not reads.runner_state(store).is_alive:
        sentence = f"No runner lives, so batch {view.id} waits: start one with `omni serve`."
        click.echo(sentence, err=True)
        sys.exit(NO_RUNNER)
    return view


def _save(store: Store, batch_id: str, out: Path) -> None:
    """Write the files of all jobs and the manifest; a link that leads out of DIR is refused."""
    root = out.resolve()
    for name, content in zip_entries(store, batch_id):
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise click.ClickException(f"{root / name} leads out of {root}: not written.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            sentence = f"{path} cannot be written: {error.strerror}. Batch {batch_id} is stored."
            raise click.ClickException(sentence) from None


def _figures(view: BatchView) -> dict[str, object]:
    statuses = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.PARKED, JobStatus.CANCELLED)
    return {
        "batch": view.id,
        "total": view.total,
        **{status.value: view.counts[status] for status in statuses},
        "cached": view.cached,
        "seconds": round(view.wall_s or 0, 3),
        "peak_in_flight": view.peak_in_flight,
    }


def _summary(view: BatchView, out: Path | None) -> str:
    counted = ", ".join(f"{count} {status}" for status, count in view.counts.items() if count)
    files = f" Files: {out}" if out else f" Files: /batches/{view.id}"
    return f"Batch {view.id}: {counted}, in {view.wall_s or 0:.1f} s.{files}"
