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

REASONS = (Reason.KEY, Reason.PROVIDER, Reason.BUDGET)
NO_BUDGET = "Jobs wait for a larger budget: give one by --budget."


@click.command(name="continue")
@click.argument("batch_id", metavar="BATCH", required=False)
@click.option("--endpoint", metavar="NAME", help="All batches' jobs of an endpoint; do not wait.")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in REASONS]),
    help="Only the jobs that are parked for it; all three if not given.",
)
@click.option("--budget", type=usd, metavar="USD", help="The new budget, such as 2.50.")
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
    """Put the parked jobs of a batch back to the queue, wait for it, and save its files.

    Exit codes are those of `omni submit`.
    """
    if (batch_id is None) == (endpoint is None):
        raise click.UsageError("Give either a batch or --endpoint.")
    if endpoint is not None and (reason or budget or out or as_json):
        raise click.UsageError("--endpoint goes alone: it does not wait for any batch.")
    settings = settings_or_exit()
    logs.configure(settings)
    try:
        service = open_service(settings)
        if batch_id is None:
            number = async_to_sync(service.go_on_at)(endpoint or "")
            click.echo(f"{number:,} jobs of {endpoint} go on.")
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
    for reason in [each for each in reasons if each in found]:
        larger = budget if reason is Reason.BUDGET else None
        async_to_sync(service.go_on)(batch_id, reason, budget_microusd=larger)
