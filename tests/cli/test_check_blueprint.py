"""`omni check` over the blueprint's artifacts, as they lie in a repository."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.artifacts.catalogue.built import applications
from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.catalogue import KINDS
from webapp.cli import main

CHECKED = [kind for kind in KINDS.values() if kind.blueprint and kind.check]


@pytest.mark.parametrize("project", ["flask-shop", "spring-shop"])
def test_nothing_is_found_in_what_the_blueprint_makes(project: str, tmp_path: Path) -> None:
    facts = applications(project)[0]
    for kind in CHECKED:
        assert kind.blueprint is not None
        target = kind.targets[0] if kind.needs_target else None
        for file in kind.blueprint(BlueprintInput("", target, facts)).files:
            path = tmp_path / kind.name / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path)])
    found = [line for line in done.output.splitlines() if ": note: " not in line]
    assert found[:-1] == []
    assert "0 errors, 0 warnings" in found[-1]


def test_a_folder_of_manifests_is_judged_as_one(tmp_path: Path) -> None:
    sidecar = next(kind for kind in CHECKED if kind.name == "otel-sidecar")
    assert sidecar.blueprint is not None
    made = sidecar.blueprint(BlueprintInput("", None, applications("flask-shop")[0])).files
    assert {file.path for file in made} > {"otel-sidecar/deployment.yaml"}
    for file in made:
        (tmp_path / Path(file.path).name).write_text(file.content, encoding="utf-8")
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{port: 8000}]\n"
    )
    selects = "  selector: {app.kubernetes.io/name: flask-shop}\n"
    (tmp_path / "service.yaml").write_text(service + selects, encoding="utf-8")
    for asked in (tmp_path, tmp_path / "deployment.yaml", tmp_path / "service.yaml"):
        done = CliRunner().invoke(main, ["check", str(asked)])
        assert "0 errors, 0 warnings" in done.output.splitlines()[-1], done.output
    (tmp_path / "service.yaml").write_text(service + selects.replace("shop", "x"), encoding="utf-8")
    assert "selects-nothing" in CliRunner().invoke(main, ["check", str(tmp_path)]).output
