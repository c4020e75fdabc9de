"""The artifacts that a project has already."""

import pytest

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.own_files import own_files
from webapp.domain.project import ProjectFile

POD = "apiVersion: v1\nkind: Pod\n"
CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
FILES = {
    "README.md": "# Shop\n",
    "api/Dockerfile": "FROM debian:12\n",
    "web/web.Dockerfile": "FROM nginx:1\n",
    "docker-compose.yml": "services:\n  a:\n    image: x\n",
    "deploy/pod.yaml": POD,
    "deploy/service.yaml": POD.replace("Pod", "Service"),
    "other/pod.yaml": POD,
    "charts/shop/Chart.yaml": CHART,
    "charts/shop/values.yaml": "a: 1\n",
    "charts/shop/templates/pod.yaml": POD,
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: []\n",
    "infra/main.tf": 'variable "a" {}\n',
}
EXPECTED = [
    ("dockerfile", "api", ["Dockerfile"]),
    ("dockerfile", "web", ["Dockerfile"]),
    ("compose", None, ["compose.yaml"]),
    ("kubernetes", None, ["k8s/pod.yaml", "k8s/service.yaml"]),
    ("helm", None, ["chart/Chart.yaml", "chart/templates/pod.yaml", "chart/values.yaml"]),
    ("github-actions", None, [".github/workflows/ci.yml"]),
    ("terraform", None, ["terraform/main.tf"]),
    ("grafana-dashboard", None, []),
    ("terraform", "api", []),
]


@pytest.mark.parametrize(("kind", "folder", "paths"), EXPECTED)
def test_files_of_a_kind_are_found_whatever_they_are_called(
    kind: str, folder: str | None, paths: list[str]
) -> None:
    files = [ProjectFile(path, content, 1) for path, content in sorted(FILES.items())]
    assert sorted(each.path for each in own_files(KINDS[kind], files, folder)) == paths
