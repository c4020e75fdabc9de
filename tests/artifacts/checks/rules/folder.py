"""Pairs for what `omni check` finds in a folder and cannot read."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.artifacts.checks.rules.pair import texts
from webapp.cli.checked_files import CheckedFiles
from webapp.domain.artifact import ArtifactFile, Finding


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    with TemporaryDirectory() as folder:
        for file in files:
            content = file.content.encode("utf-8", "surrogateescape")
            (Path(folder) / file.path).write_bytes(content)
        given = CheckedFiles(None)
        given.take(folder)
        return given.findings


CHECK = check
PAIRS = {
    "file/not-checked": texts("compose.yaml", "services: {\udcff: }\n", "services: {é: }\n"),
}
