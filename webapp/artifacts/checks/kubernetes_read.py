"""The cluster in manifests that have passed their check, for kinds with rules of their own."""

from collections.abc import Sequence

from webapp.artifacts.checks.kubernetes_apis import validator
from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    KubernetesObject,
    cluster,
    unfolded,
    without_empty,
)
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import read
from webapp.domain.artifact import ArtifactFile

EXTENSIONS = (".yaml", ".yml", ".json")


def read_cluster(files: Sequence[ArtifactFile]) -> Cluster:
    """What the manifests of an answer describe; only for those in which no error was found."""
    chosen = [file for file in files if file.path.endswith(EXTENSIONS)]
    documents, _ = read(chosen, YAML_1_1)
    written = (one for document in documents for one in unfolded(document))
    objects = (KubernetesObject(one.path, without_empty(one.value)) for one in written)
    return cluster([one for one in objects if validator(one.api_version, one.kind)])
