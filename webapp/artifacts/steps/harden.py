"""Harden: take rights and openings away that an artifact does not need."""

from types import MappingProxyType

from webapp.artifacts.steps import (
    harden_compose,
    harden_dockerfile,
    harden_github_actions,
    harden_kubernetes,
    harden_systemd,
)
from webapp.artifacts.steps.base import StepTask

_INSTRUCTIONS = """\
Harden the artifact below: take away every right, capability, port, mount and permission that it \
does not need to do what it does now. It must go on doing the same.
- Containers: a user without rights by a fixed number, no new privileges, no capabilities, a \
read-only root with what has to be written mounted. Leave databases and proxies that start as root \
and step down themselves as they are, and say so.
- Kubernetes: no token of the cluster for a pod whose account has no rights; never privileged, no \
namespace or folder of the node.
- Networks: databases publish no port, or on 127.0.0.1 alone; rules name who may come in.
- CI: permissions at the top read contents only, a job that writes has its own; no credentials \
left by a checkout.
- Secrets out of files; a digest only where you know it for certain.
Keep names, order and comments, and all that is not about rights. Give, as notes, each change with \
its reason in one sentence, and what could not be hardened without knowing more."""

HARDEN = StepTask(
    title="Harden",
    kinds=(
        *("dockerfile", "compose", "kubernetes", "helm", "kustomize", "terraform"),
        *("github-actions", "gitlab-ci", "ansible", "systemd"),
    ),
    version=3,
    instructions=_INSTRUCTIONS,
    rewrites=MappingProxyType(
        {
            "dockerfile": harden_dockerfile.REWRITE,
            "compose": harden_compose.REWRITE,
            "kubernetes": harden_kubernetes.REWRITE,
            "kustomize": harden_kubernetes.KUSTOMIZE,
            "github-actions": harden_github_actions.REWRITE,
            "systemd": harden_systemd.rewrite,
        }
    ),
)
