"""Projects with several applications, and facts that the user corrects."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync

from tests.rows import all_rows
from tests.zips import packed
from webapp.domain.batch import BatchSpec, JobSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.domain.errors import InvalidSpec, ProjectNotFound
from webapp.domain.project import FactName, ProjectView
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store

API = "from flask import Flask\napp = Flask(__name__)\napp.run(port=8080)\n"
WEB = '{"name": "web", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}'
SERVER = 'const app = require("express")();\napp.listen(8080);\n'
MONOREPO = {
    "README.md": "A market.\n",
    "services/api/app.py": API,
    "services/api/requirements.txt": "flask==3.1.3\n",
    "services/web/package.json": WEB,
    "services/web/server.js": SERVER,
}
BLUEPRINT = ModelChoice.parse("blueprint")


def uploaded(service: Service, files: Mapping[str, str] = MONOREPO) -> ProjectView:
    return async_to_sync(service.add_project)(packed(files), "market.zip")


def submitted(
    service: Service, project: ProjectView, *kinds: str, application: str | None = None
) -> str:
    jobs = matrix("A market.", [KindChoice.parse(kind) for kind in kinds], [BLUEPRINT])
    spec = BatchSpec(
        "A market.", jobs, Mode.ASYNC, 3, project_id=project.id, application=application
    )
    return async_to_sync(service.submit)(spec)


def facts_sent(store: Store, job_id: str) -> list[list[list[object]]]:
    """The facts that the blueprint of a job was given, by application."""
    sent = json.loads(reads.job(store, job_id).prompt[0].text)
    return [sent["facts"], *sent.get("others", [])]


def values(facts: list[list[object]], name: FactName) -> list[object]:
    return [value for fact, value, *_ in facts if fact == name]


def test_each_application_is_found_with_its_own_facts(service: Service) -> None:
    api, web = uploaded(service).applications
    assert (api.folder, web.folder) == ("services/api", "services/web")
    assert (api.facts.value(FactName.LANGUAGE), web.facts.value(FactName.LANGUAGE)) == (
        "python",
        "node",
    )


def test_a_kind_is_asked_for_once_for_each_application(service: Service, store: Store) -> None:
    batch_id = submitted(service, uploaded(service), "dockerfile")
    rows = all_rows(store, batch_id)
    assert [row.application for row in rows] == ["services/api", "services/web"]
    languages = [values(facts_sent(store, row.id)[0], FactName.LANGUAGE) for row in rows]
    assert languages == [["python"], ["node"]]


def test_a_kind_that_describes_all_of_them_is_asked_for_once(
    service: Service, store: Store
) -> None:
    (row,) = all_rows(store, submitted(service, uploaded(service), "compose"))
    assert row.application is None
    assert [values(facts, FactName.PORT) for facts in facts_sent(store, row.id)] == [
        ["8080"],
        ["8080"],
    ]


def test_one_application_can_be_chosen(service: Service, store: Store) -> None:
    project = uploaded(service)
    batch_id = submitted(service, project, "dockerfile", "compose", application="services/web")
    rows = all_rows(store, batch_id)
    assert [row.application for row in rows] == ["services/web", "services/web"]
    assert all(values(facts_sent(store, row.id)[0], FactName.LANGUAGE) == ["node"] for row in rows)


def test_an_application_that_is_not_there_is_named(service: Service) -> None:
    with pytest.raises(InvalidSpec, match="no application in “services/db”: it has services/api"):
        submitted(service, uploaded(service), "compose", application="services/db")


def test_a_job_with_an_id_has_to_say_which_application_it_is_for(service: Service) -> None:
    project = uploaded(service)
    job = JobSpec("A market.", KindChoice("dockerfile"), BLUEPRINT, name="image")
    spec = BatchSpec("A market.", (job,), Mode.ASYNC, 3, project_id=project.id)
    with pytest.raises(InvalidSpec, match="image: say for which “application”"):
        async_to_sync(service.submit)(spec)
    told = replace(spec, jobs=(replace(job, application="services/web"),))
    assert async_to_sync(service.submit)(told)


def correct(asked: Service, project: ProjectView, folder: str = "", **said: str) -> None:
    async_to_sync(asked.correct)(project.id, {folder: said})


SHOP = {"app.py": API, "requirements.txt": "flask==3.1.3\npsycopg==3.2\n"}


def test_a_correction_wins_and_stays_with_the_project(service: Service, store: Store) -> None:
    project = uploaded(service, SHOP)
    correct(service, project, port="9000", service="postgresql, redis")
    (application,) = reads.project(store, project.id).applications
    assert application.facts.value(FactName.PORT) == "9000"
    assert application.facts.values(FactName.SERVICE) == ("postgresql", "redis")
    assert application.facts.value(FactName.LANGUAGE) == "python"
    (row,) = all_rows(store, submitted(service, project, "dockerfile"))
    assert values(facts_sent(store, row.id)[0], FactName.PORT) == ["9000"]


def test_a_correction_wins_over_the_brief(service: Service, store: Store) -> None:
    project = uploaded(service, SHOP | {"app.py": API.replace("app.run(port=8080)", "")})
    correct(service, project, port="9000")
    jobs = matrix("A Flask shop on port 7000.", [KindChoice("dockerfile")], [BLUEPRINT])
    spec = BatchSpec("A Flask shop on port 7000.", jobs, Mode.ASYNC, 1, project_id=project.id)
    (row,) = all_rows(store, async_to_sync(service.submit)(spec))
    assert values(facts_sent(store, row.id)[0], FactName.PORT) == ["9000"]


def test_a_fact_can_be_corrected_to_none(service: Service, store: Store) -> None:
    project = uploaded(service, SHOP)
    correct(service, project, service="")
    (application,) = reads.project(store, project.id).applications
    assert application.facts.value(FactName.SERVICE) == ""


def test_what_is_said_as_it_was_found_is_no_correction(service: Service, store: Store) -> None:
    project = uploaded(service, SHOP)
    correct(service, project, port="9000")
    correct(service, project, port="8080", language="python")
    (application,) = reads.project(store, project.id).applications
    assert not any(fact.is_correction for fact in application.facts.found)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"port": "many"}, "must be a number from 1 to 65535"),
        ({"port": "70000"}, "must be a number from 1 to 65535"),
        ({"language": "cobol"}, "must be one of python, node"),
        ({"installer": "apt"}, "must be one of pip"),
        ({"start": "a\nb"}, "must be one line"),
        ({"env": ",".join(f"V{n}" for n in range(300))}, "at most 200 values"),
        ({"colour": "red"}, "There is no fact “colour”"),
    ],
)
def test_a_correction_that_cannot_be_is_told(
    service: Service, said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InvalidSpec, match=sentence) as caught:
        correct(service, uploaded(service, SHOP), **said)
    assert caught.value.errors.keys() == {"facts"}


def test_a_project_that_is_not_there_cannot_be_corrected(service: Service) -> None:
    with pytest.raises(ProjectNotFound):
        async_to_sync(service.correct)("01ARZ3NDEKTSV4RRFFQ69G5FAV", {})
