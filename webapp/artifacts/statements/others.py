"""What values of charts, pipelines, scrape configurations and units say."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.checks.yaml_walk import mappings, texts
from webapp.artifacts.statements.base import Statement, Topic, image_name, runtime_of
from webapp.domain.artifact import ArtifactFile

_VERSION_KEY = re.compile(r"(python|node|go|java|ruby|php|dotnet)-version")
_BUILT = re.compile(r"(?:--tag|-t)[= ]+[\"']?(?:[^\s\"']{1,200}/)?([a-z0-9][a-z0-9._-]{0,100}):")
_JOB = re.compile(r"\bjob\s{0,3}=\s{0,3}\"([\w./-]{1,100})\"")
_UNIT_LINE = re.compile(r"(ExecStart|User|Environment|EnvironmentFile)=(.+)")
_RUSTUP = re.compile(r"\brustup (?:toolchain install|default) (\d{1,3}\.\d{1,3})")


def of_chart(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """What the values say by keys with a usual meaning; nothing is rendered."""
    values = [file for file in files if file.path.endswith("values.yaml")]
    for path, one in _mappings(values):
        for key, value in one.items():
            line = one.lines[key]
            if key == "repository" and isinstance(value, str) and (name := image_name(value)):
                yield Statement(Topic.IMAGE, name, path, line)
            elif key in ("containerPort", "targetPort") and isinstance(value, int):
                yield Statement(Topic.PORT, str(value), path, line)
            elif key == "runAsUser" and isinstance(value, int):
                yield Statement(Topic.USER, str(value), path, line)


def of_pipeline(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Runtime versions that are set up, and the names of images that are built."""
    for path, one in _mappings(files):
        for key, value in one.items():
            if (named := _VERSION_KEY.fullmatch(key)) and isinstance(value, str | int | float):
                version = str(value).strip("'\"")
                if re.fullmatch(r"\d{1,4}(\.\d{1,4}){0,2}(\.x)?", version):
                    yield Statement(
                        Topic.RUNTIME,
                        f"{named[1]} {version.removesuffix('.x')}",
                        path,
                        one.lines[key],
                    )
            if key == "image" and (runtime := runtime_of(str(value))):
                yield Statement(Topic.RUNTIME, runtime, path, one.lines[key])
    for path, text, line in _texts(files):
        for name in _BUILT.findall(text[:10_000]):
            yield Statement(Topic.IMAGE, name, path, line)
        for version in _RUSTUP.findall(text[:10_000]):
            yield Statement(Topic.RUNTIME, f"rust {version}", path, line)


def of_scrapes(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """What is scraped, and under which names of jobs."""
    for path, one in _mappings(files):
        for static in _items(one.get("static_configs")):
            targets = static.get("targets")
            if isinstance(targets, YamlList):
                for target, line in zip(targets, targets.lines, strict=True):
                    yield Statement(Topic.SCRAPE, str(target), path, line)


def of_rules(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Which jobs the expressions ask for."""
    for path, text, line in _texts(files):
        for job in _JOB.findall(text[:10_000]):
            yield Statement(Topic.LABEL, job, path, line)


def of_units(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Command, user and variables of systemd units."""
    for file in files:
        for number, line in enumerate(file.content.split("\n"), 1):
            match _UNIT_LINE.fullmatch(line.strip()[:2000]):
                case None:
                    continue
                case found if found[1] == "ExecStart":
                    yield Statement(Topic.START, found[2], file.path, number)
                case found if found[1] == "User" and found[2].isdecimal():
                    yield Statement(Topic.USER, found[2], file.path, number)
                case found if found[1] == "EnvironmentFile":
                    yield Statement(Topic.ENV, "*", file.path, number)
                case found if found[1] == "Environment":
                    name = found[2].strip("\"'").partition("=")[0]
                    yield Statement(Topic.ENV, name, file.path, number)


def _mappings(files: Sequence[ArtifactFile]) -> Iterator[tuple[str, YamlMap]]:
    documents, _ = read_yaml(_yaml(files), YAML_1_2)
    return ((one.path, found) for one in documents for found in mappings(one.value))


def _texts(files: Sequence[ArtifactFile]) -> Iterator[tuple[str, str, int]]:
    documents, _ = read_yaml(_yaml(files), YAML_1_2)
    return ((one.path, *found) for one in documents for found in texts(one.value, one.line))


def _yaml(files: Sequence[ArtifactFile]) -> list[ArtifactFile]:
    return [file for file in files if file.path.endswith((".yaml", ".yml"))]


def _items(value: object) -> list[YamlMap]:
    return [item for item in value if isinstance(item, YamlMap)] if isinstance(value, list) else []
