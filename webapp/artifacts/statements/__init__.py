"""What artifacts say of the application they are for, read from their files alone.

Nothing is run, rendered or evaluated, and what is only known later is not told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from webapp.artifacts.statements import (
    ci,
    compose,
    dockerfile,
    helm,
    hosts,
    kubernetes,
    rules,
    scraping,
    terraform,
)
from webapp.artifacts.statements.statement import Statement as Statement
from webapp.artifacts.statements.statement import Statements as Statements
from webapp.artifacts.statements.statement import Topic as Topic
from webapp.artifacts.statements.statement import limited
from webapp.domain.artifact import ArtifactFile

Reader = Callable[[Sequence[ArtifactFile]], Iterator[Statement]]
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "dockerfile": dockerfile.read,
        "compose": compose.read,
        **dict.fromkeys(
            ("kubernetes", "kustomize", "network-policies", "otel-sidecar"), kubernetes.read
        ),
        "helm": helm.read,
        "terraform": terraform.read,
        "github-actions": ci.read_github,
        "gitlab-ci": ci.read_gitlab,
        "shell": ci.read_shell,
        "ansible": hosts.read_ansible,
        "systemd": hosts.read_systemd,
        "prometheus-rules": rules.read,
        "otel-collector": scraping.read,
    }
)


def read_statements(kind_name: str, files: Sequence[ArtifactFile]) -> Statements:
    """What the files of an artifact of a kind say; nothing where the kind has no reader.

    Files that cannot be read say nothing: the checks tell of them. At most 2,000 statements.
    """
    reader = READERS.get(kind_name)
    return limited(reader(files)) if reader else Statements()
