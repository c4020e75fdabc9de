"""`python -m bench.cluster`: several runners over a PostgreSQL; what comes of it is published."""

from collections.abc import Iterator

from bench.cluster.measure import measure_failover, measure_speed, measure_start
from bench.cluster.publish import FILE, NAME
from bench.growth.record import load_average
from bench.load.figure import HEAD, Figure
from bench.load.record import keep, now
from bench.publish import publish
from bench.results import table
from tests.postgres_server import postgres_server

RUNNERS = (1, 2, 4)


def measure() -> Iterator[Figure]:
    """Every figure, over a server that writes to the disk as yours does."""
    with postgres_server(fsync=True) as server:
        server.make_template()
        yield from (measure_speed(server, number) for number in RUNNERS)
        yield measure_start(server)
        yield measure_failover(server)


def main() -> None:
    """Measure, print, keep and publish."""
    load = load_average()
    figures = []
    print(*table(HEAD, []), sep="\n", flush=True)
    for figure in measure():
        print(f"| {' | '.join(figure.cells)} |", flush=True)
        figures.append(figure)
    keep({NAME: now(load, figures)}, FILE)
    publish()


if __name__ == "__main__":
    main()
