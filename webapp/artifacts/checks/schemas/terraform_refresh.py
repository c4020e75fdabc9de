"""Take the arguments of Terraform's providers from the wheels that carry them.

Run by hand, in the environment the project is developed in: `python -m
webapp.artifacts.checks.schemas.terraform_refresh`. pip fetches the wheels from the index it is set
up for; nothing in them is installed or run: their Python is cut into signatures, and those are
parsed. Review the difference before committing it.
"""

import ast
import hashlib
import lzma
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from webapp.artifacts.checks.schemas.refresh import fetch

FOLDER = Path(__file__).parent
# Provider → the wheel that was generated from its schema, and the digest of that wheel.
WHEELS = {
    "aws": (
        "cdktn-provider-aws==25.8.1",
        "2ffa579cb88b063cb3a9937e43c519391e876845768f51638a848bdf2ce9f354",
    ),
    "azurerm": (
        "cdktn-provider-azurerm==18.9.0",
        "83dc7e7d1e8e0dcc62d0ceeb8aff741bf70f5132548d9b47169f619425a6b4e1",
    ),
    "google": (
        "cdktn-provider-google==21.1.0",
        "157dead5025d5db5abe48e40cc49f0b6a4d8088fd0498eb17ad5a36bca811b2a",
    ),
}
LICENCE_FILE = "LICENSE-MPL-2.0.txt"
NOTICE_FILE = "VENDORED-TERRAFORM.md"

NOTICE = """\
# Vendored arguments of Terraform providers

Written by `terraform_refresh.py`; a test recomputes the digests. Each file is a text about one
provider: its version, and then a line for each resource, data source and the provider itself, with
the names of its arguments, and after `|` of what else it exports. `!` follows a name that has to be
given. In brackets stands what a block holds: `{{}}` around one that may be there once, `[]` around
one that may be repeated, `()` around one that may also be written as a value.

| file | provider | version | origin | licence | taken from |
| --- | --- | --- | --- | --- | --- |
{origins}

Copyright: HashiCorp and the authors of the providers; the CDK Terrain maintainers for the bindings.
The files are made from bindings that are licensed under the Mozilla Public License 2.0, whose text
is in `{licence_file}`, and stay under that licence; the source is at the origin. Changed by us:
only the names of arguments were kept.

| file | sha256 |
| --- | --- |
{digests}
"""

_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
_INIT = re.compile(
    r"    def __init__\((.*?)\) -> None:\n        '''(.*?)\n        '''\n", re.DOTALL
)
_DESCRIBED = re.compile(r"^        :param (\w+): (.*)$", re.MULTILINE)
# The text of the link is the one place where a name is spelt as Terraform spells it.
_LINKED = re.compile(r"\{@link https://\S+#(\w+) ")
_TYPE = re.compile(r"\{@link https://registry\.terraform\.io/providers/\S+ (\w+)\}\.?'''")
_VERSION = re.compile(r"provider version ([0-9.]+)")
_EXPORT = re.compile(
    r"^    @builtins\.property\n    @jsii\.member\(.*\)\n    def (\w+)\(", re.MULTILINE
)
_BASES = {
    "TerraformResource,": "resource",
    "TerraformDataSource,": "data",
    "TerraformProvider,": "provider",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a class; `holds` names the class of the block it is, if it is one."""

    name: str
    is_required: bool
    holds: str | None
    form: str


def packed_name(provider: str) -> str:
    """The file of a provider's arguments."""
    return f"terraform-{provider}.txt.xz"


def read_wheel(wheel: zipfile.ZipFile) -> str:
    """The lines of one provider: its version, and then a type each, in the order of their names."""
    lines = (
        line
        for member in wheel.namelist()
        if member.endswith("/__init__.py")
        for line in read_types(wheel.read(member).decode())
    )
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    version = _VERSION.findall(wheel.read(metadata).decode())[0]
    return "".join(f"{line}\n" for line in (version, *sorted(lines)))


def read_types(text: str) -> Iterator[str]:
    """The lines of the types that one module of bindings defines."""
    edges = [*(match.start() for match in _CLASS.finditer(text)), len(text)]
    parts = [text[start:end] for start, end in pairwise(edges)]
    named = ((_CLASS.match(part), part) for part in parts)
    structs = {match[1]: part for match, part in named if match and part[match.end()] == ":"}
    for part in parts:
        kind = next((kind for base, kind in _BASES.items() if base in part[:300]), None)
        described = _TYPE.search(part[:1000])
        if kind and described:
            given = list(_arguments(part, structs))
            exported = set(_EXPORT.findall(part)) - {argument.name for argument in given}
            rest = sorted(name for name in exported if not name.endswith("_input"))
            words = (*(_word(argument, structs, ()) for argument in given), "|", *rest)
            yield " ".join((kind, described[1], *words))


def _word(argument: Argument, structs: dict[str, str], around: tuple[str, ...]) -> str:
    word = argument.name + "!" * argument.is_required
    if argument.holds is None:
        return word
    # What stands in itself has no end: it is left open there.
    if argument.holds in around:
        return f"{word}{argument.form[0]}*{argument.form[1]}"
    inside = _arguments(structs[argument.holds], structs)
    words = (_word(one, structs, (*around, argument.holds)) for one in inside)
    return f"{word}{argument.form[0]}{' '.join(words)}{argument.form[1]}"


def _arguments(part: str, structs: dict[str, str]) -> Iterator[Argument]:
    init = _INIT.search(part)
    if init is None:
        return
    described = dict(_DESCRIBED.findall(init[2]))
    tree = ast.parse(f"def init({init[1]}): pass")
    (arguments,) = (node for node in ast.walk(tree) if isinstance(node, ast.arguments))
    for given, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        text = described.get(given.arg, "")
        linked = _LINKED.findall(text)
        if linked and given.annotation:  # else it belongs to every resource, such as count
            words = [n.value for n in ast.walk(given.annotation) if isinstance(n, ast.Constant)]
            holds = next((str(word) for word in words if word in structs), None)
            is_list = "Sequence" in ast.dump(given.annotation)
            form = "[]" if is_list else "{}"
            is_block = text.startswith(f"{linked[-1]} block.")
            yield Argument(linked[-1], default is None, holds, form if is_block else "()")


def refresh() -> None:
    """Write the arguments of each provider, the licence and the notice beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        for provider, (requirement, digest) in WHEELS.items():
            wheel = fetch(requirement, Path(folder))
            if _digest(Path(str(wheel.filename))) != digest:
                raise SystemExit(f"{requirement} is not the wheel that was reviewed.")
            packed = lzma.compress(read_wheel(wheel).encode(), preset=lzma.PRESET_EXTREME | 9)
            (FOLDER / packed_name(provider)).write_bytes(packed)
            (licence,) = (name for name in wheel.namelist() if name.endswith("dist-info/LICENSE"))
            (FOLDER / LICENCE_FILE).write_bytes(wheel.read(licence))
    (FOLDER / NOTICE_FILE).write_text(notice(), encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def notice() -> str:
    """The text of the notice for the files as they are."""
    names = [*map(packed_name, WHEELS), LICENCE_FILE]
    digests = (f"| `{name}` | `{_digest(FOLDER / name)}` |" for name in names)
    origins = (
        f"| `{packed_name(provider)}` | hashicorp/{provider} | {_version(provider)} | "
        f"https://github.com/cdktn-io/cdktn-provider-{provider}, from "
        f"https://github.com/hashicorp/terraform-provider-{provider} | MPL-2.0 | "
        f"{requirement} (sha256 `{digest}`) |"
        for provider, (requirement, digest) in WHEELS.items()
    )
    return NOTICE.format(
        origins="\n".join(origins), licence_file=LICENCE_FILE, digests="\n".join(digests)
    )


def _version(provider: str) -> str:
    with lzma.open(FOLDER / packed_name(provider), "rt", encoding="utf-8") as lines:
        return next(lines).strip()


if __name__ == "__main__":
    refresh()
