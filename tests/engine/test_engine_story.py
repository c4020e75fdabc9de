"""The story that the README tells, told again by the product: nothing in it is made up."""

import re
from difflib import ndiff

from asgiref.sync import async_to_sync

from tests.engine.scene import Scene
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.batch import BatchSpec, JobStatus, KindChoice, Mode, ModelChoice, Reason, matrix
from webapp.fake_provider import Behaviour
from webapp.settings import ROOT
from webapp.store import reads, rounds

STORY = (ROOT / "README.md").read_text().split("\n## A story\n")[1].split("\n## ")[0]
FIRST, REPAIRED = (
    (ROOT / "docs/story" / name).read_text() for name in ("first.json", "repaired.json")
)


def quoted(language: str) -> list[str]:
    """The lines of the one block in this language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", STORY, re.DOTALL)
    lines: list[str] = block.splitlines()
    return lines


def told(artifact: Artifact) -> list[str]:
    errors = [each for each in artifact.findings if each.severity is Severity.ERROR]
    return [f"{each.path}:{each.line}: {each.message}" for each in errors]


def changed(old: Artifact, new: Artifact) -> list[str]:
    """The lines that are different, path by path."""
    after = {file.path: file.content.splitlines() for file in new.files}
    assert after.keys() == {file.path for file in old.files}
    lines = (
        line for file in old.files for line in ndiff(file.content.splitlines(), after[file.path])
    )
    return sorted(f"{line[0]}{line[2:]}" for line in lines if line[0] in "+-")


def test_the_story_of_the_readme_is_what_happens(scene: Scene) -> None:
    scene.llm.set(Behaviour(answer=FIRST, repairs=(REPAIRED,)))
    (brief,) = re.findall(r'--brief "([^"]+)"', STORY)
    view = async_to_sync(scene.service.add_project_folder)(ROOT / "tests/projects/flask-shop")
    jobs = matrix(brief, [KindChoice.parse("terraform@azure")], [ModelChoice("openai", "story")])
    scene.runner()
    batch_id = async_to_sync(scene.service.submit)(
        BatchSpec(brief, jobs, Mode.ASYNC, 1, project_id=view.id)
    )
    scene.finished(batch_id)
    (row,) = scene.rows(batch_id)
    assert (row.status, row.reason) == (JobStatus.SUCCEEDED, Reason.REPAIRED)
    first, second = (round.artifact for round in rounds.views(scene.store, row.id))
    assert first is not None
    assert second is not None
    assert told(first) == quoted("text")
    assert changed(first, second) == sorted(line for line in quoted("diff") if line[0] != "@")
    said = f"score of {first.score}", f"score {second.score}"
    assert all(each in STORY for each in said)
    detail = reads.job(scene.store, row.id)
    assert {"README.md", "Procfile", "requirements.txt"} < {file.path for file in detail.sent}
    assert len(detail.sent) == 5
    assert sum(part.text.count('\n["') for part in detail.prompt) == 18
    assert len(first.files) == len(second.files) == 11
