"""Terraform modules: what the files of one folder declare together."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.artifacts.checks.terraform_expression import Reference
from webapp.artifacts.checks.terraform_source import Argument, Block

LOCAL = ("./", "../")  # how the source of a module that is among the files begins
# The labels of each block that may stand at the top of a file.
LABELS = {
    "terraform": (),
    "locals": (),
    "moved": (),
    "import": (),
    "removed": (),
    "provider": ("a name",),
    "variable": ("a name",),
    "output": ("a name",),
    "module": ("a name",),
    "check": ("a name",),
    "resource": ("a type", "a name"),
    "data": ("a type", "a name"),
    "ephemeral": ("a type", "a name"),
    "action": ("a type", "a name"),
}
MANAGED = frozenset({"resource", "data", "ephemeral", "action"})
_TYPED = MANAGED - {"resource"}  # what names its own kind in a reference
# Their arguments are names to Terraform, no values.
_NAMES = frozenset(
    {"provider", "providers", "ignore_changes", "when", "on_failure", "iterator", "events"}
    | {"experiments", "language"}
)
_ADDRESSES = frozenset({"moved", "import", "removed"})  # of what is gone, or not yet there


@dataclass(frozen=True, slots=True)
class Declared:
    """Something with an address, such as `var.region` or `aws_vpc.main`, and what describes it."""

    address: str
    path: str
    line: int
    arguments: tuple[Argument, ...]
    block: Block | None  # None for a local value


@dataclass(frozen=True, slots=True)
class Module:
    """The blocks of one folder's .tf files; `folder` is empty at the top.

    `is_called` says that another module of the answer calls it.
    """

    folder: str
    blocks: tuple[Block, ...]
    is_called: bool

    def of_type(self, *types: str) -> Iterator[Block]:
        """The blocks of some types that stand at the top of a file and have their labels."""
        for block in self.blocks:
            if block.type in types and len(block.labels) == len(LABELS.get(block.type, ())):
                yield block

    def declared(self) -> Iterator[Declared]:
        """Everything that can be referred to, and outputs."""
        for block in self.of_type("locals"):
            for one in block.arguments.values():
                yield Declared(f"local.{one.name}", one.path, one.line, (one,), None)
        for block in (*self.of_type("variable", "module", "output", *MANAGED), *self._checked()):
            given = tuple(_values(block))
            yield Declared(address(block), block.path, block.line, given, block)

    def _checked(self) -> Iterator[Block]:
        """The data sources that belong to a check."""
        for block in self.of_type("check"):
            yield from (one for one in block.inner("data") if len(one.labels) == 2)

    def references(self) -> Iterator[tuple[Block, Argument, Reference]]:
        """Everything that is referred to, with the block at the top of the file around it."""
        for block in self.blocks:
            if block.type not in _ADDRESSES:
                for given in _values(block):
                    yield from ((block, given, one) for one in given.value.references)


def address(block: Block) -> str:
    """How a block is referred to."""
    first = {"variable": "var", "resource": ""}.get(block.type, block.type)
    return ".".join((first, *block.labels)).removeprefix(".")


def aimed_at(reference: Reference) -> str:
    """The address that a reference leads to; it need not be declared."""
    return taken_apart(reference)[0]


def taken_apart(reference: Reference) -> tuple[str, tuple[str, ...]]:
    """The address that a reference leads to, and the attributes that are taken of it."""
    parts = reference.parts
    if parts[0] == "resource":  # as one may write in front of a type
        parts = parts[1:]
    length = 3 if parts and parts[0] in _TYPED else 2
    return ".".join(parts[:length]), parts[length:]


def modules(files: Sequence[Block]) -> list[Module]:
    """The modules in the .tf files of an answer, by folder."""
    folders: dict[str, list[Block]] = {}
    for file in files:
        if file.path.endswith(".tf"):
            folders.setdefault(folder_of(".", posixpath.dirname(file.path)), []).extend(file.blocks)
    called = {
        folder_of(source, folder)
        for folder, blocks in folders.items()
        for block in blocks
        if block.type == "module" and (source := block.literal("source") or "").startswith(LOCAL)
    }
    return [
        Module(folder, tuple(blocks), folder in called)
        for folder, blocks in sorted(folders.items())
    ]


def folder_of(source: str, folder: str) -> str:
    """The folder that a source such as `./modules/web` means in a folder; empty at the top."""
    path = posixpath.normpath(posixpath.join(folder, source))
    return "" if path == "." else path


def _values(block: Block) -> Iterator[Argument]:
    """The arguments of a block and of those in it that have values."""
    for inner in block.everything():
        if inner.type in ("required_providers", "provider_meta"):
            continue
        for given in inner.arguments.values():
            is_type = inner.type in ("variable", "output") and given.name == "type"
            if given.name not in _NAMES and not is_type:
                yield given
