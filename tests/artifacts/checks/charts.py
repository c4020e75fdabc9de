"""Helm charts to check: samples, and a small one without a fault."""

from collections.abc import Mapping

from tests.artifacts.checks.faulty import SAMPLES
from webapp.artifacts.checks.helm import check
from webapp.domain.artifact import ArtifactFile, Finding


def chart(name: str) -> dict[str, str]:
    """The files of a good chart by their path in it."""
    folder = SAMPLES / name
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


SMALL = {
    "Chart.yaml": "apiVersion: v2\nname: small\nversion: 0.1.0\n",
    "values.yaml": "",
    "templates/a.yaml": "name: small\n",
}


def checked(files: Mapping[str, str]) -> list[Finding]:
    return check([ArtifactFile(f"chart/{path}", text) for path, text in files.items()])


def rules(template: str, **others: str) -> set[str]:
    """What is said of a template in an else faultless chart, which has no values of its own."""
    found = checked(SMALL | {"templates/a.yaml": template} | others)
    return {finding.rule.removeprefix("helm/") for finding in found}
