"""Take the vendored schemas from the wheels that carry them, and write VENDORED.md.

Run by hand, in the environment the project is developed in: `python -m
webapp.artifacts.checks.schemas.refresh`. pip fetches the wheels from the index it is set up for;
nothing in them is installed or run. Review the difference before committing it.
"""

import hashlib
import json
import lzma
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
COMPOSE_WHEEL = "check-jsonschema==0.39.0"
COMPOSE_MEMBER = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
COMPOSE_LICENCE = "check_jsonschema/builtin_schemas/vendor/licenses/LICENSE.compose-spec"
GITLAB_MEMBER = "check_jsonschema/builtin_schemas/vendor/gitlab-ci.json"
GITLAB_LICENCE = "check_jsonschema/builtin_schemas/vendor/licenses/LICENSE.gitlab"
KUBERNETES_WHEEL = "kubernetes-validate==1.37.0"
KUBERNETES_VERSION = "1.31.0"
KUBERNETES_MEMBER = (
    "kubernetes_validate/kubernetes-json-schema/"
    f"v{KUBERNETES_VERSION}-local-strict/_definitions.json"
)
COMPOSE_FILE = "compose-spec.json"
GITLAB_FILE = "gitlab-ci.json"
GITLAB_LICENCE_FILE = "LICENSE-gitlab.txt"
# The same texts fit both, but the first takes minutes to refuse a long one.
GITLAB_SLOW, GITLAB_LINEAR = b'"^[^/]*[^./][^/]*$"', b'"^[.]*[^./][^/]*$"'
KUBERNETES_FILE = f"kubernetes-{KUBERNETES_VERSION}.json.xz"
LICENCE_FILE = "LICENSE-2.0.txt"
FILES = (COMPOSE_FILE, GITLAB_FILE, KUBERNETES_FILE, LICENCE_FILE, GITLAB_LICENCE_FILE)

VENDORED = """\
# Vendored schemas

Written by `refresh.py`, which takes them from two wheels; a test recomputes the digests.

| file | what | version | origin | licence | taken from |
| --- | --- | --- | --- | --- | --- |
| `{compose_file}` | the Compose specification, unchanged | as in the wheel | \
https://github.com/compose-spec/compose-spec | Apache-2.0 | {compose_wheel} |
| `{gitlab_file}` | the schema of GitLab CI/CD, with one regular expression written anew | as in \
the wheel | https://gitlab.com/gitlab-org/gitlab (app/assets/javascripts/editor/schema/ci.json) | \
MIT | {compose_wheel} |
| `{kubernetes_file}` | the Kubernetes API, strict (no unknown fields), without descriptions | \
{kubernetes_version} | https://github.com/kubernetes/kubernetes (its OpenAPI description), made \
into JSON schemas by https://github.com/willthames/kubernetes-validate | Apache-2.0 | \
{kubernetes_wheel} |

Copyright: the Compose specification authors; the Kubernetes authors; Will Thames and Gareth
Rushgrove for the conversion. Their schemas are licensed under the Apache License 2.0, whose text is
in `{licence_file}`; that of GitLab CI/CD, whose copyright is that of GitLab B.V., under the MIT
license, whose text is in `{gitlab_licence_file}`. Changed by us: the descriptions were taken out of
the Kubernetes schemas, and a pattern of the GitLab schema takes linear time.

| file | sha256 |
| --- | --- |
{digests}
"""


def fetch(requirement: str, folder: Path) -> zipfile.ZipFile:
    """The wheel of a requirement, downloaded by pip and only opened."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    subprocess.run(  # noqa: S603 all arguments are constants of this file
        [*pip, "--dest", str(folder), requirement], check=True
    )
    name = requirement.partition("==")[0].replace("-", "_")
    return zipfile.ZipFile(next(folder.glob(f"{name}-*.whl")))


def without_descriptions(schema: Any, *, is_names: bool = False) -> Any:
    """A schema without its prose; `is_names` where the keys are names of fields, not keywords."""
    if isinstance(schema, list):
        return [without_descriptions(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_descriptions(value, is_names=not is_names and key in ("properties", "$defs"))
        for key, value in schema.items()
        if is_names or key != "description"
    }


def refresh() -> None:
    """Write the schemas, the licence and VENDORED.md beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        compose = fetch(COMPOSE_WHEEL, Path(folder))
        (FOLDER / COMPOSE_FILE).write_bytes(compose.read(COMPOSE_MEMBER))
        (FOLDER / LICENCE_FILE).write_bytes(compose.read(COMPOSE_LICENCE))
        gitlab = compose.read(GITLAB_MEMBER).replace(GITLAB_SLOW, GITLAB_LINEAR)
        (FOLDER / GITLAB_FILE).write_bytes(gitlab)
        (FOLDER / GITLAB_LICENCE_FILE).write_bytes(compose.read(GITLAB_LICENCE))
        kubernetes = fetch(KUBERNETES_WHEEL, Path(folder))
        definitions = without_descriptions(json.loads(kubernetes.read(KUBERNETES_MEMBER)))
    packed = lzma.compress(
        json.dumps(definitions, separators=(",", ":"), sort_keys=True).encode(),
        preset=lzma.PRESET_EXTREME | 9,
    )
    (FOLDER / KUBERNETES_FILE).write_bytes(packed)
    (FOLDER / "VENDORED.md").write_text(vendored(), encoding="utf-8")


def vendored() -> str:
    """The text of VENDORED.md for the files as they are."""
    digests = (
        f"| `{name}` | `{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}` |"
        for name in FILES
    )
    return VENDORED.format(
        compose_file=COMPOSE_FILE,
        compose_wheel=COMPOSE_WHEEL,
        kubernetes_file=KUBERNETES_FILE,
        kubernetes_version=KUBERNETES_VERSION,
        kubernetes_wheel=KUBERNETES_WHEEL,
        licence_file=LICENCE_FILE,
        gitlab_file=GITLAB_FILE,
        gitlab_licence_file=GITLAB_LICENCE_FILE,
        digests="\n".join(digests),
    )


if __name__ == "__main__":
    refresh()
