"""`omni eval`: how good the artifacts of models are, on projects of which the truth is known."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from asgiref.sync import async_to_sync

from webapp.artifacts.catalogue import KINDS, find
from webapp.cli.quality import Judged, Measured, markdown, measure
from webapp.cli.settings import settings_or_exit
from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.domain.project import Fact, FactName, Facts
from webapp.service import Service, open_service
from webapp.settings import ROOT, Settings
from webapp.settings.data_folder import private_folder
from webapp.store import reads

BRIEF = "Make this project ready for production."
POLL_S = 0.1
RESULT = "quality.json"  # in the data folder, for the page
PROJECTS = ROOT / "tests" / "projects"
TRUTH = ROOT / "tests" / "context" / "truth"
PAGE = 100


@click.command(name="eval")
@click.option("--models", default="blueprint", show_default=True, metavar="MODEL,…")
@click.option("--kinds", metavar="KIND[@TARGET],…", help="All that are checked, if not given.")
@click.option("--projects", metavar="NAME,…", help="Sample projects; all, if not given.")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of Markdown.")
@click.option(
    "--least-facts",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Exit code 1 below this share of facts honoured, or with any error.",
)
def command(
    models: str,
    kinds: str | None,
    projects: str | None,
    concurrency: int,
    as_json: bool,
    least_facts: float,
) -> None:
    """Measure how good the artifacts of models are, on sample projects.

    Works in a folder of its own with a runner of its own; only the result is kept, for the page
    /quality. Models cost what they cost: try one project first.
    """
    chosen = [ModelChoice.parse(name) for name in _listed(models)]
    wanted = [KindChoice.parse(name) for name in _listed(kinds or "")] or _all_kinds()
    for kind in wanted:
        find(kind.kind, kind.target)
    settings = settings_or_exit()
    measured = _evaluated(settings, _named(projects), wanted, chosen, concurrency)
    text = json.dumps(measured.as_json(), ensure_ascii=False, indent=1)
    (private_folder(settings.data_dir) / RESULT).write_text(text, encoding="utf-8")
    click.echo(text if as_json else markdown(measured))
    sys.exit(int(least_facts > 0 and not _is_enough(measured, least_facts)))


def _listed(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _all_kinds() -> list[KindChoice]:
    checked = (kind for kind in KINDS.values() if kind.is_checked)
    return [KindChoice(k.name, k.targets[0] if k.needs_target else None) for k in checked]


def _named(projects: str | None) -> list[str]:
    there = sorted(path.stem for path in TRUTH.glob("*.json"))
    asked = _listed(projects or "") or there
    if unknown := sorted(set(asked) - set(there)):
        raise click.UsageError(
            f"There is no project “{unknown[0]}”: choose from {', '.join(there)}."
        )
    return asked


def _is_enough(measured: Measured, least_facts: float) -> bool:
    return all(
        not line.errors and line.facts_honoured >= least_facts * line.facts_asked
        for line in measured.lines
    )


def _evaluated(
    settings: Settings,
    names: Sequence[str],
    kinds: Sequence[KindChoice],
    models: Sequence[ModelChoice],
    concurrency: int,
) -> Measured:
    with tempfile.TemporaryDirectory(prefix="omni-eval-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder), "database_url": None})
        service = open_service(own)
        with _runner(folder):
            batches = {
                name: _submit(service, PROJECTS / name, kinds, models, concurrency)
                for name in names
            }
            judged = [
                each
                for name, batch_id in batches.items()
                for each in _judged(service, name, batch_id)
            ]
        service.store.close()
    return measure(judged)


@contextmanager
def _runner(folder: str) -> Iterator[None]:
    """A runner over this folder, with the endpoints that are set up."""
    environment = os.environ | {"OMNI_DATA_DIR": folder, "OMNI_DATABASE_URL": ""}
    words = [sys.executable, "-m", "webapp.cli", "runner"]
    process = subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _submit(
    service: Service,
    path: Path,
    kinds: Sequence[KindChoice],
    models: Sequence[ModelChoice],
    concurrency: int,
) -> str:
    project = async_to_sync(service.add_project_folder)(path)
    jobs = matrix(BRIEF, kinds, models)
    spec = BatchSpec(BRIEF, jobs, Mode.ASYNC, concurrency, project.id, fresh=True)
    return async_to_sync(service.submit)(spec)


def _judged(service: Service, name: str, batch_id: str) -> Iterator[Judged]:
    """The jobs of a batch, once it is settled, with what is true of their applications."""
    store, truth = service.store, _truth(name)
    while not (batch := reads.batch(store, batch_id)).is_settled:
        time.sleep(POLL_S)
    for first in range(1, batch.total + 1, PAGE):
        for row in reads.rows(store, batch_id, first, first + PAGE - 1):
            known = truth.get(row.application or "") if row.application is not None else None
            told = (known,) if known else tuple(truth.values())
            yield Judged(name, reads.job(store, row.id), told)


def _truth(name: str) -> dict[str, Facts]:
    """What a reader found in each application of a project, by its folder."""
    written = json.loads((TRUTH / f"{name}.json").read_text(encoding="utf-8"))
    return {
        folder: Facts(
            tuple(
                Fact(FactName(fact), value, "truth", 1)
                for fact, values in facts.items()
                for value in values
            )
        )
        for folder, facts in written.items()
    }
