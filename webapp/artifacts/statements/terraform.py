"""What Terraform says of a container: in the resources of the clouds that run one."""

import posixpath
import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.terraform import NAME
from webapp.artifacts.checks.terraform_source import Argument, Block
from webapp.artifacts.checks.terraform_source import read as read_blocks
from webapp.artifacts.statements.statement import Place, Statement, Topic, is_variable
from webapp.domain.artifact import ArtifactFile

_LISTENING = {  # arguments, and entries of container definitions
    "containerPort": "opens",
    "image_port": "opens",
}
_HEALTH_BLOCK = re.compile(
    r"(?:startup|readiness|liveness)_probe|probe_(?:readiness|liveness)"
    r"|health_?(?:check(?:s|er)?|probe)|http_get|http_health_check"
)
_ROUTES = frozenset({"path", "url_path", "request_path", "health_check_path"})
_RUNNING = re.compile(
    r"(?:aws_(?:ecs|apprunner|lb_target_group|alb_target_group)"
    r"|google_(?:cloud_run|compute_(?:region_)?health_check)"
    r"|azurerm_(?:container_app|container_group|linux_web_app|lb_probe)"
    r"|ibm_code_engine|oci_(?:container_instances|load_balancer|network_load_balancer)"
    r"|kubernetes_)\w{0,60}"
)


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of all Terraform files; a variable is what its module is called with."""
    # The same files as the check takes: they have just been read then.
    chosen = [file for file in files if NAME.fullmatch(file.path)]
    if not chosen:
        return
    module, _ = read_blocks(chosen)
    known = _Known([block for file in module for block in file.blocks])
    for block in known.blocks:
        if block.type == "resource" and block.labels and _RUNNING.fullmatch(block.labels[0]):
            yield from _resource(Place(block.path), block, known)
    for inner in (inner for file in module for inner in file.everything()):
        for argument in inner.arguments.values():
            yield from _variables(Place(argument.path), argument)


class _Known:
    """The blocks of all modules, and the literals that variables and locals stand for."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self._literals: dict[tuple[str, str, str], str] = {}  # by folder, “var” or “local”, name
        for block in blocks:
            if block.type == "variable" and block.labels and "default" in block.arguments:
                self._note(_folder(block), "var", block.labels[0], block.arguments["default"])
            elif block.type == "locals":
                for name, argument in block.arguments.items():
                    self._note(_folder(block), "local", name, argument)
        for call in (block for block in blocks if block.type == "module"):
            folder = posixpath.normpath(posixpath.join(_folder(call), call.literal("source") or ""))
            for name, argument in call.arguments.items():
                self._note(folder, "var", name, argument)

    def _note(self, folder: str, what: str, name: str, argument: Argument) -> None:
        if text := self.value(argument):
            self._literals[folder, what, name] = text

    def value(self, argument: Argument) -> str | None:
        """What an argument comes to, if that is a literal or one that a name stands for."""
        value = argument.value
        if value.literal is not None:
            return value.literal
        is_name = len(value.references) == 1 and not (value.texts or value.calls)
        parts = value.references[0].parts if is_name else ()
        return (
            self._literals.get((_folder(argument), parts[0], parts[1])) if len(parts) == 2 else None
        )


def _folder(part: Block | Argument) -> str:
    return posixpath.normpath(posixpath.dirname(part.path) or ".")


def _resource(place: Place, resource: Block, known: _Known) -> Iterator[Statement]:
    yield place.say(Topic.WORKLOAD, resource.labels[0], resource.line, "describes")
    for block in resource.everything():
        is_health = bool(_HEALTH_BLOCK.fullmatch(block.type))
        for argument in block.arguments.values():
            text = known.value(argument)
            if text is not None:
                yield from _argument(place, block, argument, text, is_health=is_health)
            for name, word in argument.value.entries:
                if name in _LISTENING:
                    yield from place.port(Topic.LISTENS, word.text, word.line, _LISTENING[name])
                elif name == "image" and "$" not in word.text:
                    yield place.say(Topic.RUNS, word.text, word.line, "runs")


def _argument(
    place: Place, block: Block, argument: Argument, text: str, *, is_health: bool
) -> Iterator[Statement]:
    name, line = argument.name, argument.line
    is_group = block.type == "resource" and block.labels[0].endswith("target_group")
    if name == "container_port" and block.type in ("ports", "port"):
        yield from place.port(Topic.LISTENS, text, line, "opens")
    elif name in _LISTENING:
        yield from place.port(Topic.LISTENS, text, line, _LISTENING[name])
    elif name in ("container_port", "target_port"):
        yield from place.port(Topic.REACHES, text, line, "sends to")
    elif name == "port" and (is_health or is_group):
        yield from place.port(Topic.REACHES, text, line, "probes" if is_health else "sends to")
    elif name in _ROUTES and is_health and text.startswith("/"):
        yield place.say(Topic.HEALTH, text, line, "asks")
    elif name in ("image", "image_url", "image_reference") and "/" in text.rstrip("/"):
        yield place.say(Topic.RUNS, text, line, "runs")


def _variables(place: Place, argument: Argument) -> Iterator[Statement]:
    """Whatever is written like the name of a variable, as a key or as a text."""
    for key in argument.value.keys:
        if is_variable(key.text):
            yield place.say(Topic.ENV, key.text, key.line, "sets")
    for name, word in argument.value.entries:
        if name == "PORT":
            yield from place.port(Topic.REACHES, word.text, word.line, "sets PORT to")
    for word in argument.value.texts:
        if is_variable(word.text):
            yield place.say(Topic.ENV, word.text, word.line, "names")
