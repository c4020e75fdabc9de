"""`python -m bench.publish`: docs/performance.md and its plots, from the runs that were kept."""

from pathlib import Path

from bench.cluster import publish as cluster
from bench.growth import plot as growth_plot
from bench.growth import publish as growth
from bench.growth import record as growth_record
from bench.load import publish as load
from bench.load import record as load_record
from bench.peers import plot as peers_plot
from bench.peers import publish as peers
from bench.peers import record as peers_record
from bench.processes import ROOT

HEAD = """\
# Performance

<!-- `python -m bench.publish` writes this from bench/*/results.json: edit neither. -->
"""


def documents() -> dict[Path, str]:
    """Every file that is made of kept runs, with what it holds."""
    contest, grown = peers_record.load(), growth_record.load()
    sections = (
        *load.section(load_record.load()),
        *cluster.section(load_record.load(cluster.FILE)[cluster.NAME]),
        *growth.section(grown),
        *peers.section(contest),
    )
    return {
        ROOT / "docs/performance.md": "\n".join((HEAD, *sections)),
        ROOT / "docs/images/growth.svg": growth_plot.plot(grown),
        ROOT / "docs/images/peers.svg": peers_plot.plot(contest),
    }


def publish() -> None:
    """Write them."""
    for path, text in documents().items():
        path.write_text(text)


if __name__ == "__main__":
    publish()
