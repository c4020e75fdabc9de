"""How times, durations, numbers and statuses are written."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask
from markupsafe import Markup

from webapp.domain.batch import JobStatus, Reason
from webapp.domain.views import BatchView, JobView, percent
from webapp.web.context import service

REASONS = {
    Reason.RATE_LIMIT: "rate limit",
    Reason.RETRY: "another try",
    Reason.SLOT: "slot",
    Reason.NO_RUNNER: "no runner",
    Reason.BROKEN_REPLY: "broken reply",
    Reason.TOO_LARGE: "too large",
    Reason.CRASHED_RUNNER: "runner crashed",
    Reason.DEPENDENCY: "waits for another job",
}


def install(app: Flask) -> None:
    """Give the templates their filters and globals."""
    for function in _FILTERS:
        app.add_template_filter(function)
    app.add_template_global(now)
    app.add_template_global(cache_trouble)


def now() -> str:
    """The server's time, for clocks in pages whose browser has another."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def cache_trouble() -> str | None:
    """A sentence while the result cache does not answer."""
    return service().cache.trouble


def time(moment: datetime) -> Markup:
    """A UTC time as `24 Nov 14:03:20`, with the whole of it for machines and on hover."""
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment.day} {moment:%b %H:%M:%S}"
    )


def duration(seconds: float | None) -> str:
    """`0.4 s`, `41 s`, `2 m 05 s`, `3 h 12 m`; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left:02} m" if hours else f"{minutes} m {rest:02} s"


def seconds(value: float) -> str:
    """`41.2 s`: a measured time, to the tenth."""
    return f"{value:,.1f} s"


def ticking(start: datetime) -> Markup:
    """The time since a start, which the script of the page counts on."""
    instant = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    so_far = duration((datetime.now(UTC) - start).total_seconds())
    return Markup('<time data-start="{0}">{1}</time>').format(instant, so_far)


def elapsed(job: JobView) -> str:
    """How long a job took, or takes so far; empty before it starts."""
    if job.started_at is None:
        return ""
    return ticking(job.started_at) if job.finished_at is None else duration(job.elapsed_s)


def number(value: float | None) -> str:
    """`1,240`; a dash for None."""
    return "–" if value is None else f"{value:,}"


def short_number(value: int | None) -> str:
    """`940`, `1.2k`, `18k`, `3.4M`; a dash for None."""
    if value is None:
        return "–"
    for divisor, unit in ((1, ""), (1000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        scaled = value / divisor
        if scaled < 999.5:
            return f"{scaled:.0f}{unit}" if not unit or scaled >= 9.95 else f"{scaled:.1f}{unit}"
    return f"{value:,}"


def tokens(job: JobView) -> str:
    """What went in and came out: `17k → 1.2k`; empty where the provider did not count."""
    if job.output_tokens is None:
        return ""
    return f"{short_number(job.input_tokens)} → {short_number(job.output_tokens)}"


def reason(value: Reason | None) -> str:
    """A reason in words."""
    return REASONS.get(value, value.value) if value else ""


def size(size_bytes: int) -> str:
    """`812 B`, `3.1 KB`."""
    return f"{size_bytes} B" if size_bytes < 1000 else f"{size_bytes / 1000:.1f} KB"


def address(url: str) -> str:
    """A base URL as a page may show it: a name and password in it are left out."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def time_left(span: tuple[float, float]) -> str:
    """`20 – 35 s`, `85 s – 3 m`, `1.5 – 2.1 h`: a range, as rough as it is known."""
    shortest, longest = map(_rough, span)
    if shortest == longest:
        return f"≈ {shortest}"
    one, _, unit = shortest.rpartition(" ")
    return f"{one} – {longest}" if unit == longest.rpartition(" ")[2] else f"{shortest} – {longest}"


def _rough(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} s"
    return f"{round(seconds / 60)} m" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def cache_share(batch: BatchView) -> int:
    """The share of the jobs that the cache served, in whole percent."""
    return percent(batch.cached, batch.total)


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 job`, `1,240 jobs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def headline(batch: BatchView) -> str:
    """The title of a batch's page: what failed, its name, how it stands."""
    failed = batch.counts[JobStatus.FAILED]
    word = "running" if batch.started_at else "waiting"
    if batch.is_finished:
        word = "finished"
    return f"{f'({failed:,} failed) ' if failed else ''}{batch.title} – {word}"


def milestone(batch: BatchView) -> str:
    """What is worth saying aloud of a batch: each quarter, and the end; else empty."""
    failed = batch.counts[JobStatus.FAILED]
    if batch.is_finished:
        return f"Finished: {batch.counts[JobStatus.SUCCEEDED]:,} succeeded, {failed:,} failed."
    quarter = percent(batch.done, batch.total) // 25 * 25
    return f"{quarter} % done, {failed:,} failed." if quarter else ""


_FILTERS = (
    time,
    duration,
    seconds,
    ticking,
    elapsed,
    number,
    short_number,
    tokens,
    reason,
    size,
    address,
    plural,
    time_left,
    cache_share,
    headline,
    milestone,
)
