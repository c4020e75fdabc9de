"""A figure under load, beside what it should be."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import Product, fake_provider, folder, product
from bench.uploads import KIND, browser
from bench.workloads import answer_file

HEAD = ("", "what", "asked", "generator", "measured", "target", "met")
AT_ONCE = 100
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """What was asked of a default install with which generator, and what came of it, in words."""

    name: str
    what: str
    asked: str
    generator: str
    measured: str
    target: str
    is_met: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table under HEAD."""
        told = (self.name, self.what, self.asked, self.generator, self.measured, self.target)
        return (*told, "yes" if self.is_met else "**no**")


@dataclass(frozen=True, slots=True)
class Running:
    """A default install with a client, and a folder for what it is given."""

    install: Product
    client: httpx.Client
    place: Path

    @property
    def url(self) -> str:
        """Where its pages are."""
        return self.install.url


@contextlib.contextmanager
def running(latency_s: float) -> Iterator[Running]:
    """A fresh default install that may call AT_ONCE times at once; each call takes so long."""
    with folder() as place:
        options = ("--latency", str(latency_s))
        with (
            fake_provider(answer_file(KIND, place), *options) as provider_url,
            product(place / "data", provider_url, AT_ONCE) as install,
            browser(install.url) as client,
        ):
            yield Running(install, client, place)
