"""What artifacts say of the application they are for: ports, images, users, names, routes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from webapp.artifacts.statements import compose, dockerfile, kubernetes, others
from webapp.artifacts.statements.base import MOST_EACH as MOST_EACH
from webapp.artifacts.statements.base import Reader as Reader
from webapp.artifacts.statements.base import Statement as Statement
from webapp.artifacts.statements.base import Statements as Statements
from webapp.artifacts.statements.base import Topic as Topic
from webapp.domain.artifact import ArtifactFile

_READERS: Mapping[str, Reader] = {
    "dockerfile": dockerfile.read,
    "compose": compose.read,
    **dict.fromkeys(
        ("kubernetes", "kustomize", "network-policies", "otel-sidecar"), kubernetes.read
    ),
    "helm": others.of_chart,
    **dict.fromkeys(("github-actions", "gitlab-ci"), others.of_pipeline),
    "otel-collector": others.of_scrapes,
    "prometheus-rules": others.of_rules,
    "systemd": others.of_units,
}


def read_statements(kind: str, files: Sequence[ArtifactFile]) -> Statements:
    """What the files of an artifact say, by topic, in the order of the files.

    Nothing is rendered or evaluated. What cannot be read says nothing: the checks tell of it. At
    most 200 statements on a topic.
    """
    found: defaultdict[Topic, list[Statement]] = defaultdict(list)
    reader = _READERS.get(kind)
    for one in reader(files) if reader else ():
        if one.value and len(found[one.topic]) < MOST_EACH:
            found[one.topic].append(one)
    return {topic: tuple(said) for topic, said in found.items()}
