"""`omni continue`: parked jobs go on once somebody has mended what stopped them."""

from pathlib import Path

import click
from asgiref.sync import async_to_sync

from webapp import logs
from webapp.cli.settings import settings_or_exit
from webapp.cli.waiting import usd, wait_and_report
from webapp.domain.batch import Reason
from webapp.domain.errors import InvalidSpec, OmniError
from webapp.service import Service, open_service
from webapp.store import parked, reads

# The budget first: where it is refused, nothing has gone on.
REASONS = (Reason.BUDGET, Reason.KEY, Reason.PROVIDER)
NO_BUDGET = "Jobs wait for a larger budget: give one by --budget."
NOT_NEEDED = "No job waits for a larger budget, so the budget stays as it is."


@click.command(name="continue")
@click.argument("batch_id", metavar="[BATCH]", required=False)
@click.option("--endpoint", metavar="NAME", help="All batches' jobs of an endpoint; do not wait.")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in REASONS]),
    help="Only the jobs that are parked for it; all three if not given.",
)
@click.option(
    "--budget",
    type=usd,
    metavar="USD",
    help="The new budget, such as 2.50, for all the batch costs.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of a sentence."
)
def command(
    batch_id: str | None,
    endpoint: str | None,
    reason: str | None,
    budget: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Put the parked jobs of a batch back, and wait for it.

    Exit codes are those of `omni submit`.
    """
    if (batch_id is None) == (endpoint is None):
        raise click.UsageError("Give either a batch or --endpoint.")
    if endpoint is not None and (reason or budget or out or as_json):
        raise click.UsageError("--endpoint goes alone: it does not wait for any batch.")
    if budget is not None and reason not in (None, Reason.BUDGET):
        raise click.UsageError("--budget is for the jobs that wait for it: leave out --reason.")
    settings = settings_or_exit()
    logs.configure(settings)
    try:
        service = open_service(settings)
        if batch_id is None:
            number = async_to_sync(service.go_on_at)(endpoint or "")
            go_on = "job goes on" if number == 1 else "jobs go on"
            click.echo(f"{number:,} {go_on} at {endpoint}.")
            return
        _go_on(service, batch_id, tuple([Reason(reason)] if reason else REASONS), budget)
        wait_and_report(service.store, batch_id, out, as_json=as_json)
    except InvalidSpec as error:
        raise click.ClickException("\n".join(error.errors.values())) from None
    except OmniError as error:
        raise click.ClickException(error.sentence) from None


def _go_on(
    service: Service, batch_id: str, reasons: tuple[Reason, ...], budget: int | None
) -> None:
    """Put the jobs back that are parked for these reasons; raises BatchNotFound, InvalidSpec."""
    reads.batch(service.store, batch_id)
    found = {group.reason for group in parked.groups(service.store, batch_id)}
    if Reason.BUDGET in found and Reason.BUDGET in reasons and budget is None:
        raise click.ClickException(NO_BUDGET)
    if Reason.BUDGET not in found and budget is not None:
        click.echo(NOT_NEEDED, err=True)
    for reason in [each for each in reasons if each in found]:
        larger = budget if reason is Reason.BUDGET else None
        async_to_sync(service.go_on)(batch_id, reason, budget_microusd=larger)
