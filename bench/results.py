"""What came of a row, and how it is written down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.processes import counters
from bench.rows import Row

HEAD = (
    *("who", "s", "× ideal", "calls a job", "lost", "early", "in flight"),
    *("CPU ms a job", "% of a core", "peak MB"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What a contender says of itself: seconds, jobs without an answer, CPU seconds, MB.

    `cpu_s` and `peak_mb` are those of all processes, `calling_cpu_s` is that of those that call.
    """

    seconds: float
    lost: int
    cpu_s: float
    calling_cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """How a contender did in a row: its account, and what the provider counted.

    `early` are the calls that came before the provider had said they might.
    """

    row: Row
    who: str
    account: Account
    calls: int
    early: int
    peak_in_flight: int

    @property
    def ratio(self) -> float:
        """How often the ideal goes into the seconds; where it is zero, the milliseconds a job."""
        if not self.row.ideal_s:
            return self.account.seconds * 1000 / self.row.number
        return self.account.seconds / self.row.ideal_s

    @property
    def times_ideal(self) -> str:
        """The same in words."""
        return f"{self.ratio:.3f}" if self.row.ideal_s else f"{self.ratio:.2f} ms a job"

    @property
    def calls_a_job(self) -> str:
        """Calls that the provider got for each job."""
        return f"{self.calls / self.row.number:.2f}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table under HEAD."""
        account = self.account
        return (
            self.who,
            f"{account.seconds:.2f}",
            self.times_ideal,
            self.calls_a_job,
            str(account.lost),
            str(self.early),
            str(self.peak_in_flight),
            f"{account.cpu_s * 1000 / self.row.number:.1f}",
            f"{account.calling_cpu_s * 100 / account.seconds:.1f}",
            f"{account.peak_mb:.0f}",
        )


def result(row: Row, who: str, account: Account, provider_url: str) -> Result:
    """An account, beside what the provider counted since it was reset."""
    counted = counters(provider_url)
    return Result(
        row=row,
        who=who,
        account=account,
        calls=counted["calls"],
        early=counted["early"],
        peak_in_flight=counted["peak_in_flight"],
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def show(results: list[Result]) -> None:
    """Print the results of a row."""
    row = results[0].row
    cells = (result.cells for result in results)
    print(
        f"\n{row.name}: {row.words}; ideal {row.ideal_s:.2f} s\n",
        *table(HEAD, cells),
        sep="\n",
        flush=True,
    )
