"""Terraform files from pieces of text, and what every cloud's pieces are filled with."""

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webapp.artifacts.backing import assumed, is_secret, known, value_of
from webapp.artifacts.blueprint import COMMENT, App
from webapp.domain.artifact import ArtifactFile

FOLDER = "terraform"
_ALONE = re.compile(r"( *)@(\w+)@")
_MARK = re.compile(r"@(\w+)@")


@dataclass(frozen=True, slots=True)
class Deployment:
    """An application as the clouds see it.

    `secrets` are the variables whose values a cloud keeps for it, `settings` those that stand in
    a file of values.
    """

    app: App
    settings: tuple[str, ...]
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """One target: what a model is told of it, and the template for it.

    `files` gives the text of each file by its name, `unknown` what else has to be said.
    """

    instructions: str
    files: Callable[[Deployment], Mapping[str, str]]
    unknown: Callable[[Deployment], Sequence[str]]


def deployment(app: App) -> Deployment:
    """The variables of an application, apart: what leads to a service is secret as well."""
    services = known(app.services)
    names = [*app.env, *assumed(app.env, services)]
    secrets = [n for n in names if is_secret(n) or value_of(n, services) is not None]
    settings = [name for name in names if name not in secrets]
    return Deployment(app, tuple(settings), tuple(secrets))


def quoted(text: str) -> str:
    """A text as Terraform has it in quotes: nothing in it is taken for an expression."""
    escaped = json.dumps(text, ensure_ascii=False)
    return escaped.replace("${", "$${").replace("%{", "%%{")


def listed_texts(texts: Sequence[str]) -> str:
    """A list of texts, one a line."""
    lines = "".join(f"  {quoted(text)},\n" for text in texts)
    return f"[\n{lines}]"


def fill(text: str, **parts: str) -> str:
    """A text with its `@marks@` replaced.

    A mark alone on its line stands for any number of lines, indented like it, or for none.
    """
    lines = []
    for line in textwrap.dedent(text).strip("\n").split("\n"):
        if alone := _ALONE.fullmatch(line):
            part = parts[alone[2]].rstrip("\n")
            lines += [textwrap.indent(part, alone[1])] if part else []
        else:
            below = "\n" + " " * (len(line) - len(line.lstrip()))
            lines.append(_MARK.sub(lambda mark: parts[mark[1]], line).replace("\n", below))
    return "\n".join(lines) + "\n"


def variable(
    name: str,
    description: str,
    default: str | None = None,
    *,
    type_: str = "string",
    more: str = "",
) -> str:
    """A variable; `default` is an expression, `more` what else stands in its block."""
    return fill(
        """
        variable "@name@" {
          description = @description@
          type        = @type_@
          @default@
          @more@
        }
        """,
        name=name,
        description=quoted(description),
        type_=type_,
        default=f"default     = {default}" if default is not None else "",
        more=more,
    )


def validation(condition: str, message: str) -> str:
    """What a variable has to fulfil, as a block below an empty line."""
    return "\n" + fill(
        """
        validation {
          condition     = @condition@
          error_message = @message@
        }
        """,
        condition=condition,
        message=quoted(message),
    )


def usual_variables(deployed: Deployment) -> tuple[str, ...]:
    """The variables that every cloud's module has."""
    names = ", ".join(deployed.settings[:12]) or "none is known"
    return (
        variable(
            "image_tag",
            "Tag of the image to run.",
            quoted(deployed.app.image.rpartition(":")[2]),
            more=validation('var.image_tag != "latest"', "The tag has to name one image."),
        ),
        variable(
            "settings",
            f"Environment variables that are not secret ({names}).",
            "{}",
            type_="map(string)",
        ),
    )


def environment(deployed: Deployment) -> str:
    """The local values that hold the environment of the application."""
    port = deployed.app.given_port
    given = "".join(f"{name} = {quoted(value)}\n" for name, value in port.items())
    if not given:
        return "environment = var.settings"
    return fill("environment = merge({ @given@ }, var.settings)", given=given.strip())


def terraform_files(texts: Mapping[str, str]) -> tuple[ArtifactFile, ...]:
    """The files of a module under the template's comment."""
    return tuple(
        ArtifactFile(f"{FOLDER}/{name}", f"{COMMENT}\n\n{text}") for name, text in texts.items()
    )


def example(values: Mapping[str, str], deployed: Deployment) -> str:
    """An example of a file of values: expressions by name, and the settings to be given."""
    names = "".join(f'#   {name} = ""\n' for name in deployed.settings)
    return aligned(values) + (f"\n# settings = {{\n{names}# }}\n" if names else "")


def aligned(values: Mapping[str, str]) -> str:
    """Arguments, one a line, with their equals signs below each other."""
    width = max((len(name) for name in values), default=0)
    return "".join(f"{name.ljust(width)} = {value}\n" for name, value in values.items())


def together(*blocks: str) -> str:
    """Blocks with an empty line between them; those that are empty are left out."""
    return "\n".join(block.strip("\n") + "\n" for block in blocks if block.strip())
