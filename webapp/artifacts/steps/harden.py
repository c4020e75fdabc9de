"""Harden: take rights and openings away that an artifact does not need."""

from types import MappingProxyType

from webapp.artifacts.steps import (
    harden_compose,
    harden_dockerfile,
    harden_github_actions,
    harden_kubernetes,
)
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Harden the artifact below. Take away every right, capability, port, mount and permission that it \
does not need to do what it does now; run as a user without rights and with a fixed number, with a \
read-only root file system and what has to be written mounted; pin what may change by itself; \
restrict networks and tokens to what is used; take secrets out of files. It must go on doing the \
same. Give, as notes, each change with its reason in one sentence, and what could not be hardened \
without knowing more."""

HARDEN = StepTask(
    title="Harden",
    kinds=(
        *("dockerfile", "compose", "kubernetes", "helm", "kustomize", "terraform"),
        *("github-actions", "gitlab-ci", "ansible", "systemd"),
    ),
    version=2,
    instructions=_INSTRUCTIONS,
    rewrites=MappingProxyType(
        {
            "dockerfile": harden_dockerfile.REWRITE,
            "compose": harden_compose.REWRITE,
            "kubernetes": harden_kubernetes.REWRITE,
            "github-actions": harden_github_actions.REWRITE,
        }
    ),
)
