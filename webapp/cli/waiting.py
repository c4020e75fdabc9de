"""Waiting for a batch, saving its files and telling how it went: for every command that does."""

import json
import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from webapp.domain.batch import JobStatus
from webapp.domain.views import BatchView
from webapp.store import reads
from webapp.store.database import Store
from webapp.store.export import zip_entries

POLL_S = 0.1
NO_RUNNER = 3
INTERRUPTED = 130  # as a shell says it of Ctrl-C
MICRO = 1_000_000
MOST_USD = 1_000_000
LEAST_USD = Decimal(1) / MICRO


def usd(text: str) -> int:
    """An amount such as 2.50 in micro-dollars; a wrong option where it is none."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and LEAST_USD <= amount <= MOST_USD):
        raise click.BadParameter(f"“{text}” is not an amount in US dollars, such as 2.50.")
    return int(amount * MICRO)


def dollars(microusd: int) -> str:
    """An amount as people read it: at least cents, and no more digits than it has."""
    whole, fraction = f"{microusd / MICRO:,.6f}".split(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def wait_and_report(store: Store, batch_id: str, out: Path | None, *, as_json: bool) -> None:
    """Wait for a batch, save its files, tell how it went; ends with 0 if all jobs succeeded."""
    view = _finished(store, batch_id)
    if out is not None:
        _save(store, batch_id, out)
    click.echo(json.dumps(_figures(view)) if as_json else _summary(view, out))
    sys.exit(0 if view.counts[JobStatus.SUCCEEDED] == view.total else 1)


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
        "cost_usd": None if view.unpriced else view.cost_microusd / MICRO,
        "unpriced": view.unpriced,
    }


def _summary(view: BatchView, out: Path | None) -> str:
    counted = ", ".join(f"{count} {status}" for status, count in view.counts.items() if count)
    files = f" Files: {out}" if out else f" Files: /batches/{view.id}"
    return f"Batch {view.id}: {counted}, in {view.wall_s or 0:.1f} s, for {_cost(view)}.{files}"


def _cost(view: BatchView) -> str:
    known = [dollars(view.cost_microusd)] if view.cost_microusd or not view.unpriced else []
    calls = "1 call" if view.unpriced == 1 else f"{view.unpriced:,} calls"
    unknown = [f"{calls} of unknown cost"] if view.unpriced else []
    return " and ".join(known + unknown)
