"""Our product in a row, from the first claim to the last stored job, on a fresh default install."""

from pathlib import Path

from bench.processes import Product, descendants, fake_provider, folder, product, reset, total
from bench.results import Account, Result, result
from bench.rows import ROWS, Row
from bench.workloads import answer_file, job_file

KIND = "prometheus-rules"
OURS = "Omni-Architect"
AGAIN = "Omni-Architect, again"


def run_ours(row: Row) -> list[Result]:
    """How it did in a row; in the storm a second time too, when it knows the limit.

    A batch before that warms up. Where there is a limit to find, it asks no provider: the first
    call of all is in the figures.
    """
    names = (OURS, AGAIN) if row in ROWS["storm"] else (OURS,)
    with (
        folder() as place,
        fake_provider(answer_file(row.answer, place), *row.options) as provider_url,
        product(place / "data", provider_url, row.at_once) as install,
    ):
        model = "blueprint" if row.rate or row.pace else "openai:m"
        warm_up = job_file(place / "warm up.jsonl", KIND, model, ["A shop.", "A bank."])
        install.submit(warm_up, place / "warm up", 2)
        return [_measured(row, who, install, place, provider_url) for who in names]


def _measured(row: Row, who: str, install: Product, place: Path, provider_url: str) -> Result:
    reset(provider_url)
    jobs = job_file(place / f"{who}.jsonl", KIND, "openai:m", row.prompts(who))
    everybody, runner = descendants(install.pid), _runner(install.pid)
    before, calling_before = total(everybody), total(runner)
    said = install.submit(jobs, place / who, row.at_once)
    after, calling_after = total(everybody), total(runner)
    account = Account(
        seconds=said["seconds"],
        lost=row.number - int(said["succeeded"]),
        cpu_s=after.cpu_s - before.cpu_s,
        calling_cpu_s=calling_after.cpu_s - calling_before.cpu_s,
        peak_mb=after.peak_mb,
    )
    return result(row, who, account, provider_url)


def _runner(pid: int) -> list[int]:
    """The runner and its helpers."""
    words = {each: Path(f"/proc/{each}/cmdline").read_text() for each in descendants(pid)}
    return descendants(next(each for each, said in words.items() if "\0runner" in said))
