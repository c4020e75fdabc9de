"""Pairs for what a model answers, before anything looks into its files."""

from collections.abc import Sequence

from tests.artifacts.checks.rules.pair import Pair, texts
from tests.artifacts.test_artifact_parse import EXPECTED, SECTIONS, answer, fenced
from webapp.artifacts.parse import MAX_FILE_BYTES, MAX_FILES, parse_answer
from webapp.domain.artifact import ArtifactFile, Finding


def check(files: Sequence[ArtifactFile]) -> Sequence[Finding]:
    return parse_answer(files[0].content, EXPECTED).findings


def pair(caught: str, spared: str) -> Pair:
    return texts("answer", caught, spared)


def many(count: int) -> str:
    return answer(*((f"{number}.yaml", "a: 1\n") for number in range(count)))


NAMED = fenced("a: 1", "a.yaml")
ONE = '{"files": [{"path": "a", "content": ""}'
CHECK = check
PAIRS = {
    "answer/path": pair(answer(("../a", "a")), answer(("a/a", "a"))),
    "answer/too-many-files": pair(many(MAX_FILES + 1), many(MAX_FILES)),
    "answer/file-too-large": pair(
        answer(("a", "a" * (MAX_FILE_BYTES + 1))), answer(("a", "a" * MAX_FILE_BYTES))
    ),
    "answer/shape": pair(f'{ONE}, {{"path": "b"}}]}}', f'{ONE}, {{"path": "b", "content": ""}}]}}'),
    "answer/unclosed": pair("```yaml a.yaml\na: 1\n", NAMED),
    "answer/unnamed": pair(NAMED + fenced("b: 2", "yaml"), NAMED + fenced("b: 2", "b.yaml")),
    "answer/prose": pair(f"Sure!\n{SECTIONS}", f"\n{SECTIONS}"),
}
