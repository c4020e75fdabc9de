"""Pairs for the rules of kustomizations."""

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.pair import Pair
from tests.artifacts.checks.test_check_kustomize import (
    BASE,
    DEPLOYMENT,
    GOOD,
    LAYER,
    MEMORY,
    OVERLAY,
)
from webapp.artifacts.checks.kustomize import check

UP = "- ../../base\n"
PATCH = "- path: memory.yaml"
SPARE = f"{BASE}/spare.yaml"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: spare}\n"


def swap(path: str, old: str, caught: str, spared: str) -> Pair:
    """The good base and overlay with another text in one of the files."""
    return Pair(*(GOOD | {path: faulty(GOOD[path], old, new)} for new in (caught, spared)))


def layers(count: int) -> dict[str, str]:
    kept = {f"a{number}/kustomization.yaml": "resources: [a.yaml]\n" for number in range(count)}
    manifest = ACCOUNT.replace("spare", "NAME")
    return kept | {
        path.replace("kustomization", "a"): manifest.replace("NAME", path[:-19]) for path in kept
    }


CHECK = check
PAIRS = {
    "kustomize/no-file": Pair({DEPLOYMENT: GOOD[DEPLOYMENT]}, GOOD),
    "kustomize/one-document": Pair(GOOD | {LAYER: "- a\n"}, GOOD | {LAYER: f"---\n{GOOD[LAYER]}"}),
    "kustomize/no-resources": Pair(
        {LAYER: "kind: Kustomization\n"}, {LAYER: "resources: [spare.yaml]\n", SPARE: ACCOUNT}
    ),
    "kustomize/too-many-layers": Pair(layers(21), layers(20)),
    "kustomize/too-large": swap(
        OVERLAY, PATCH, f"{PATCH}\n  " * 900 + PATCH, f"{PATCH}\n  {PATCH}"
    ),
    "kustomize/kind": swap(OVERLAY, "kind: Kustomization", "kind: Overlay", "# kind: Overlay"),
    "kustomize/unknown-field": swap(OVERLAY, "newTag:", "tag:", "newName: a\n    newTag:"),
    "kustomize/missing-field": swap(OVERLAY, "    count: 1\n", "", "    count: 2\n"),
    "kustomize/wrong-type": swap(OVERLAY, "newTag: 1.4.2", "newTag: 1.4", 'newTag: "1.4"'),
    "kustomize/missing-file": swap(
        OVERLAY, "path: memory.yaml", "path: cpu.yaml", "path: ./memory.yaml"
    ),
    "kustomize/missing-secret-file": swap(LAYER, "[keys.env]", "[other.env]", "[./keys.env]"),
    "kustomize/not-a-layer": swap(
        OVERLAY, UP, "- ../../base/kustomization.yaml\n", "- ../../base/\n"
    ),
    "kustomize/outside-folder": swap(
        OVERLAY, UP, "- ../../base/deployment.yaml\n", "- ../../base\n"
    ),
    "kustomize/remote-resource": swap(
        OVERLAY, UP, f"{UP}  - github.com/a/b?ref=v1\n", f"{UP}  # github.com/a/b\n"
    ),
    "kustomize/duplicate-resource": swap(
        LAYER,
        "- deployment.yaml",
        "- deployment.yaml\n  - ./deployment.yaml",
        "- ./deployment.yaml",
    ),
    "kustomize/cycle": swap(
        LAYER,
        "- deployment.yaml",
        "- deployment.yaml\n  - ../overlays/staging",
        "- deployment.yaml\n  # - ../overlays/staging",
    ),
    "kustomize/patch-target": swap(
        MEMORY, "name: shop", "name: shops", "name: shop, labels: {a: b}"
    ),
    "kustomize/patch-syntax": swap(OVERLAY, "op: replace", "op: change", "op: add"),
    "kustomize/patch-field": swap(
        MEMORY, "resources: {limits:", "resource: {limits:", "resources: {requests:"
    ),
    "kustomize/unknown-replicas": swap(OVERLAY, "name: my-shop", "name: your-shop", "name: shop"),
    "kustomize/deprecated-field": swap(
        OVERLAY, "resources:\n", "bases:\n", "resources: # not bases\n"
    ),
    "kustomize/unpinned-image": swap(
        OVERLAY, "newTag: 1.4.2", "newTag: latest", "newTag: latest-1"
    ),
    "kustomize/unused-image": swap(
        OVERLAY,
        "- name: registry.local:5000/shop",
        "- name: shop",
        '- name: "registry.local:5000/shop"',
    ),
    "kustomize/unused-file": Pair(GOOD | {SPARE: ACCOUNT}, GOOD),
    "kustomize/literal-secret": swap(
        LAYER, "[LEVEL=info]", "[LEVEL=info, API_TOKEN=abc]", "[LEVEL=info, API_TOKEN=$TOKEN]"
    ),
}
