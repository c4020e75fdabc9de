"""What can be compared is found alike on both databases."""

from collections.abc import Callable

import pytest

from tests.rows import all_rows
from webapp.domain.artifact import Result
from webapp.domain.errors import SidesUnreadable
from webapp.domain.project import ProjectFile, Upload
from webapp.store import projects, sides
from webapp.store.database import Store


def test_jobs_first_answers_and_files_are_read_together(
    store: Store, submit: Callable[..., str], result: Result
) -> None:
    job, _ = all_rows(store, submit("a", "b", hits={"a": result, "b": result}))
    upload = Upload("shop", (ProjectFile("a:b/c.py", "x = 1\n", 3),), (), (), ())
    project_id = projects.add(store, upload).id
    asked = {
        "a": f"job:{job.id}", "b": f"round:{job.id}:0", "c": f"file:{project_id}:a:b/c.py",
    }  # fmt: skip
    found = sides.read(store, asked)
    assert found["a"].files == found["b"].files == result.artifact.files
    assert (found["a"].source, found["c"].source) == ("a title", "shop")
    assert [(file.path, file.content) for file in found["c"].files] == [("a:b/c.py", "x = 1\n")]


def test_every_side_that_is_missing_is_told(store: Store, submit: Callable[..., str]) -> None:
    (job,) = all_rows(store, submit("a"))
    with pytest.raises(SidesUnreadable) as caught:
        sides.read(store, {"a": f"job:{job.id}", "b": "file:x:y"})
    assert caught.value.is_missing
    assert caught.value.errors == {
        "a": "Job 1 is queued: it has no files yet.",
        "b": "Project x has no file y, or is not there.",
    }


def test_what_lies_near_is_suggested(
    store: Store, submit: Callable[..., str], result: Result
) -> None:
    first, second, _ = all_rows(store, submit("a", "b", "c", hits={"a": result, "b": result}))
    (other,) = all_rows(store, submit("d", hits={"d": result}))
    side = sides.read(store, {"a": f"job:{first.id}"})["a"]
    assert [str(each.address) for each in sides.suggestions(store, side)] == [f"job:{second.id}"]
    newest = {str(each.address) for each in sides.latest(store)}
    assert newest == {f"job:{job.id}" for job in (first, second, other)}
