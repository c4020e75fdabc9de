"""One template of a chart: its actions, the blocks they make up, and what Go would not read."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.helm_functions import FUNCTIONS
from webapp.artifacts.checks.helm_tokens import Broken, Token, pieces
from webapp.domain.artifact import ArtifactFile

VALUE = "helm-value"
_BLOCKS = frozenset({"if", "range", "with", "define", "block"})
_NAMED = frozenset({"define", "block", "template"})
_SILENT = _BLOCKS | {"else", "end", "break", "continue"}
_OF_LINES = frozenset({"indent", "nindent", "template", "toYaml", "toYamlPretty"})
_WORDS = _BLOCKS | {"else", "end", "template", "break", "continue", "true", "false", "nil"}


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `moved_by` is the word of the block in which “.” is no longer the root."""

    line: int
    tokens: tuple[Token, ...]
    moved_by: str | None = None

    @property
    def word(self) -> str:
        """The word it begins with, such as `if`; empty where it begins with anything else."""
        return self.tokens[0].text if self.tokens and self.tokens[0].kind == "word" else ""


@dataclass(slots=True)
class Template:
    """A template up to its first fault, if any. `plain` has “$” for actions, nothing for comments.

    `outline` has VALUE for actions that print a value, nothing for those that print several lines
    or nothing. Lines of both are those of the file.
    """

    path: str
    actions: list[Action] = field(default_factory=list)
    plain: str = ""
    outline: str = ""
    broken: Broken | None = None


@dataclass(slots=True)
class _Block:
    line: int
    word: str
    moved_by: str | None
    has_else: bool = False


def read_template(file: ArtifactFile) -> Template:
    """The template in a file; never raises."""
    template = Template(file.path)
    plain: list[str] = []
    outline: list[str] = []
    end = 0
    blocks = _Blocks()
    try:
        for piece in pieces(file.content):
            before = file.content[end : piece.start]
            lines = "\n" * file.content.count("\n", piece.start, piece.end)
            plain += [before, "" if piece.tokens is None else "$", lines]
            outline += [before, VALUE if _prints_value(piece.tokens) else "", lines]
            end = piece.end
            if piece.tokens is not None:
                template.actions.append(blocks.take(piece.line, piece.tokens))
        blocks.close()
        plain.append(file.content[end:])
        outline.append(file.content[end:])
    except Broken as broken:
        template.broken = broken
    template.plain, template.outline = "".join(plain), "".join(outline)
    return template


def _prints_value(tokens: Sequence[Token] | None) -> bool:
    if not tokens or tokens[0].text in _SILENT:
        return False
    return not any(token.text in _OF_LINES or token.text in ("=", ":=") for token in tokens)


class _Blocks:
    """The blocks that are open, and the variables that have been given a value."""

    def __init__(self) -> None:
        self._open: list[_Block] = []
        self._variables = {"$"}

    def take(self, line: int, tokens: tuple[Token, ...]) -> Action:
        action = Action(line, tokens, self._moved_by())
        _check_form(action)
        _check_functions(action)
        self._check_variables(action)
        if action.word in _BLOCKS:
            if action.word == "define" and self._open:
                raise Broken("unbalanced", line, "“define” cannot stand inside of another block.")
            self._open.append(_Block(line, action.word, self._mover(action.word, tokens[1:])))
        elif action.word == "else":
            self._else(action)
        elif action.word == "end":
            if not self._open:
                raise Broken("unbalanced", line, "This “end” closes nothing.")
            self._open.pop()
        return action

    def close(self) -> None:
        if self._open:
            block = self._open[-1]
            message = f"This “{block.word}” is never closed with an “end”."
            raise Broken("unbalanced", block.line, message)

    def _else(self, action: Action) -> None:
        block = self._open[-1] if self._open else None
        if block is None or block.word in _NAMED or block.has_else:
            raise Broken("unbalanced", action.line, "This “else” belongs to no block.")
        block.moved_by = self._open[-2].moved_by if len(self._open) > 1 else None
        follows = action.tokens[1].text if len(action.tokens) > 1 else ""
        block.has_else = not follows
        if follows == "with":
            block.moved_by = self._mover("with", action.tokens[2:])

    def _moved_by(self) -> str | None:
        return self._open[-1].moved_by if self._open else None

    def _mover(self, word: str, pipeline: Sequence[Token]) -> str | None:
        """What moves “.” inside of a block: the block itself, or what did so around it.

        A variable may hold the root; so a block over one is taken for one that moves nothing.
        """
        if word == "define":
            return None
        if word not in ("range", "with"):
            return self._moved_by()
        given = pipeline[_after_declaration(pipeline) :]
        if any(token.kind == "variable" for token in given):
            return None
        return word if any(token.kind == "path" for token in given) else self._moved_by()

    def _check_variables(self, action: Action) -> None:
        declared = _after_declaration(action.tokens)
        self._variables |= {token.text for token in action.tokens[:declared]}
        for token in action.tokens:
            base = token.text.partition(".")[0] if token.kind in ("variable", "path") else ""
            if base and base not in self._variables:
                message = f"{shortened(base)} is used and never given a value."
                raise Broken("unknown-variable", action.line, message)


def _after_declaration(tokens: Sequence[Token]) -> int:
    """Where the pipeline begins: behind “:=”, or at the start where there is none."""
    marks = (at + 1 for at, token in enumerate(tokens) if token.text == ":=")
    return next(marks, 0)


def _check_form(action: Action) -> None:
    tokens = action.tokens
    if not tokens:
        raise Broken("syntax", action.line, "This action says nothing.")
    if action.word in _BLOCKS | {"template"} and len(tokens) == 1:
        raise Broken("syntax", action.line, f"Something must follow “{action.word}”.")
    if action.word in _NAMED and tokens[1].kind != "text":
        raise Broken("syntax", action.line, f"The name after “{action.word}” must be in quotes.")
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")") if token.kind == "mark" else 0
        if depth < 0:
            break
    if depth:
        raise Broken("syntax", action.line, "The parentheses of this action do not match.")
    for before, token in zip((None, *tokens), tokens, strict=False):
        is_given = before is not None and before.kind == "variable"
        if token.text in ("=", ":=") and not is_given:
            message = f"“{token.text}” gives a variable its value; eq is what compares."
            raise Broken("syntax", action.line, message)


def _check_functions(action: Action) -> None:
    for token in action.tokens:
        name = token.text
        if token.kind == "word" and name not in FUNCTIONS and name not in _WORDS:
            known = {function.lower(): function for function in sorted(FUNCTIONS)}
            near = difflib.get_close_matches(name[:40].lower(), known, 1, 0.75)
            advice = f" (did you mean “{known[near[0]]}”?)" if near else ""
            message = f"Helm has no function “{shortened(name, 40)}”{advice}."
            raise Broken("unknown-function", action.line, message)
