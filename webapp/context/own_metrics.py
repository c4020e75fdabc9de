"""The metrics that the code of a project makes itself, by the names of their time series.

Python is parsed in `python_code`; the other languages are searched here.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from webapp.context.code import HASHES, SLASHES, Sources, places, sources
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

MAX_NAME_CHARS = 200
_SERIES = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]{0,199}")
_SUFFIXES = {"histogram": "_bucket", "summary": "_count"}
_KIND = r"(Counter|Gauge|Histogram|Summary)"
_NAME = r"[\"'`]([A-Za-z_:][\w:.-]{0,199})[\"'`]"
_NODE = re.compile(
    rf"\b(?:new\s{{1,9}}(?:\w{{1,50}}\.)?|make){_KIND}(?:Provider)?(?:<[^>(\n]{{1,100}}>)?\(\s{{0,99}}\{{"
    rf"[^}}]{{0,300}}?\bname\s{{0,9}}:\s{{0,9}}{_NAME}"
)
_GO = re.compile(
    rf"\bNew{_KIND}(?:Vec|Func)?\(\s{{0,99}}\w{{0,50}}\.?\w{{0,20}}Opts\{{([^}}]{{0,600}})"
)
_GO_FIELD = re.compile(r"\b(Namespace|Subsystem|Name):\s{0,40}(?:\"([\w:]{0,200})\"|(\w{1,50}))")
_GO_CONSTANT = re.compile(
    r"\b(\w{1,50})\s{0,40}(?:string\s{0,9})?:?=\s{0,9}\"([A-Za-z_:][\w:]{0,199})\""
)
_MICROMETER = re.compile(
    r"\b(Counter|FunctionCounter|Timer|Gauge|TimeGauge|DistributionSummary)\.builder\(\s{0,99}"
    r"\"([A-Za-z][\w.-]{0,199})\"([^;]{0,300})"
    r"|\b\w{0,50}[rR]egistry(?:\(\))?\s{0,99}\.(counter|timer|gauge|summary)\(\s{0,99}\"([A-Za-z][\w.-]{0,199})\""
    r"|@(Timed|Counted)\(\s{0,9}(?:value\s{0,9}=\s{0,9})?\"([A-Za-z][\w.-]{0,199})\""
)
_JAVA_CLIENT = re.compile(
    rf"\b{_KIND}\.build(?:er)?\(\s{{0,9}}(?:\)\s{{0,99}}\.name\(\s{{0,9}})?\"([A-Za-z_:][\w:]{{0,199}})\""
)
_DOTNET = re.compile(rf"\bCreate{_KIND}\(\s{{0,99}}{_NAME}")
_RUBY = re.compile(
    r"\.(counter|gauge|histogram|summary)\(\s{0,99}:(\w{1,200}),\s{0,99}docstring:"
    r"|\bPrometheus::Client::(Counter|Gauge|Histogram|Summary)\.new\(\s{0,99}:(\w{1,200})"
)
_PHP = re.compile(
    rf"->(?:getOrRegister|register){_KIND}\(\s{{0,99}}[\"'](\w{{0,100}})[\"'],\s{{0,99}}{_NAME}"
)
_RUST = re.compile(
    r"\bregister_(?:int_|float_)?(counter|gauge|histogram)(?:_vec)?!\(\s{0,99}"
    r"(?:(?:histogram_)?opts!\(\s{0,99})?\"([A-Za-z_:][\w:]{0,199})\""
    r"|\b(?:Int)?(Counter|Gauge)(?:Vec)?::new\(\s{0,99}\"([A-Za-z_:][\w:]{0,199})\""
    r"|\b(Histogram)Opts::new\(\s{0,99}\"([A-Za-z_:][\w:]{0,199})\""
)
_RUST_FACADE = re.compile(r"\b(counter|gauge|histogram)!\(\s{0,99}\"([A-Za-z_:][\w:.]{0,199})\"")
_TIMER_HISTOGRAM = re.compile(r"publishPercentileHistogram|serviceLevelObjectives")


def series(kind: str, name: str) -> str:
    """The time series by which a metric is asked; empty where it cannot be called so."""
    found = name + _SUFFIXES.get(kind.lower(), "")
    return found if _SERIES.fullmatch(found) else ""


def own_metrics(tree: Tree, language: str, libraries: Mapping[str, object]) -> Iterator[Fact]:
    """The metrics that the code makes, where the library for them is there."""
    reader = _READERS.get(language)
    for path, line, name in reader(tree, libraries) if reader else ():
        if name:
            yield Fact(FactName.METRIC, name, path, line)


_Found = Iterator[tuple[str, int, str]]  # path, line, series


def _plain(pattern: re.Pattern[str], files: Sources) -> _Found:
    """Where the groups that took part are a kind and a name."""
    for path, line, found in places(pattern, files):
        kind, name = (group for group in found.groups() if group is not None)
        yield path, line, series(kind, name)


def _node(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    endings = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
    if _any(libraries, "prom-client", "express-prom-bundle", "@willsoto/nestjs-prometheus"):
        yield from _plain(_NODE, sources(tree, endings))


def _go(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    if "github.com/prometheus/client_golang" not in libraries:
        return
    files = sources(tree, (".go",))
    constants = {
        found[1]: found[2]
        for _, text in files
        if "prometheus" in text
        for found in _GO_CONSTANT.finditer(text)
    }
    for path, line, found in places(_GO, files):
        given = {
            field[1]: field[2] if field[2] is not None else constants.get(field[3])
            for field in _GO_FIELD.finditer(found[2])
        }
        if given.get("Name") and None not in given.values():
            parts = (given.get(key) for key in ("Namespace", "Subsystem", "Name"))
            yield path, line, series(found[1], "_".join(part for part in parts if part))


def _java(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    files = sources(tree, (".java", ".kt"))
    if any("micrometer-registry-prometheus" in name for name in libraries):
        for path, line, found in places(_MICROMETER, files):
            kind = found[1] or found[4] or found[6]
            yield path, line, _micrometer(kind, found[2] or found[5] or found[7], found[3] or "")
    if any(name.startswith("io.prometheus:") for name in libraries):
        yield from _plain(_JAVA_CLIENT, files)


def _micrometer(kind: str, name: str, rest: str) -> str:
    """What Micrometer makes of a name for Prometheus."""
    base = re.sub(r"[.-]", "_", name)
    if kind in ("Timer", "timer", "Timed"):
        unit = "" if base.endswith("_seconds") else "_seconds"
        is_histogram = _TIMER_HISTOGRAM.search(rest) is not None
        return series("histogram" if is_histogram else "summary", base + unit)
    if kind in ("Counter", "FunctionCounter", "counter", "Counted"):
        return series("counter", base if base.endswith("_total") else f"{base}_total")
    return series("summary" if kind.lower().endswith("summary") else "gauge", base)


def _dotnet(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    if any(name.startswith("prometheus-net") for name in libraries):
        yield from _plain(_DOTNET, sources(tree, (".cs", ".fs", ".vb")))


def _ruby(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    if "prometheus-client" in libraries:
        yield from _plain(_RUBY, sources(tree, (".rb", ".ru"), HASHES))


def _php(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    if _any(libraries, "promphp/prometheus_client_php"):
        for path, line, found in places(_PHP, sources(tree, (".php",), SLASHES)):
            name = f"{found[2]}_{found[3]}" if found[2] else found[3]
            yield path, line, series(found[1], name)


def _rust(tree: Tree, libraries: Mapping[str, object]) -> _Found:
    files = sources(tree, (".rs",))
    if "prometheus" in libraries:
        yield from _plain(_RUST, files)
    elif "metrics-exporter-prometheus" in libraries:
        for path, line, found in places(_RUST_FACADE, files):
            # Its histograms are summaries unless somebody sets buckets.
            kind = "summary" if found[1] == "histogram" else found[1]
            yield path, line, series(kind, found[2].replace(".", "_"))


def _any(libraries: Mapping[str, object], *names: str) -> bool:
    return any(name in libraries for name in names)


_READERS: Mapping[str, Callable[[Tree, Mapping[str, object]], _Found]] = {
    "node": _node,
    "go": _go,
    "java": _java,
    "dotnet": _dotnet,
    "ruby": _ruby,
    "php": _php,
    "rust": _rust,
}
