from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import SAMPLES, build, left_open, sample
from webapp.domain.project import Facts


def files(known: Facts) -> dict[str, dict[str, Any]]:
    """What the blueprint builds, by path below kustomize/."""
    built = build("kustomize", known).files
    return {file.path.removeprefix("kustomize/"): yaml.safe_load(file.content) for file in built}


@pytest.mark.parametrize("project", SAMPLES)
def test_the_base_holds_the_same_objects_as_the_manifests(project: str) -> None:
    known = sample(project)
    objects = {
        yaml.safe_load(one.content)["kind"]: one.content for one in build("kubernetes", known).files
    }
    built = {
        yaml.safe_load(one.content)["kind"]: one.content
        for one in build("kustomize", known).files
        if not one.path.endswith(("kustomization.yaml", "resources.yaml"))
    }
    assert built == objects


def test_each_overlay_names_the_base_and_what_differs() -> None:
    built = files(sample("flask-shop"))
    counts = {}
    for environment in ("staging", "production"):
        layer = built[f"overlays/{environment}/kustomization.yaml"]
        assert layer["resources"][0] == "../../base"
        assert layer["images"] == [{"name": "flask-shop", "newTag": "0.1.0"}]
        assert layer["patches"] == [{"path": "resources.yaml"}]
        counts[environment] = layer["replicas"][0]["count"]
    assert counts == {"staging": 1, "production": 2}


def test_a_budget_for_disruptions_is_only_there_where_more_than_one_runs() -> None:
    built = files(sample("flask-shop"))
    assert [path for path in built if "budget" in path] == [
        "overlays/production/disruption-budget.yaml"
    ]
    assert not [path for path in files(sample("poetry-worker")) if "budget" in path]


def test_what_runs_where_is_said_to_be_assumed() -> None:
    said = " ".join(left_open(build("kustomize", sample("flask-shop"))))
    assert "staging and production are assumed" in said
    assert "images sets 0.1.0 in each overlay" in said
