"""What any generated file may still hold of the answer it came from, and what none should hold."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.artifacts.checks import findings, suppressions
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "text/empty": Severity.ERROR,
    "text/fence": Severity.ERROR,
    "text/prose": Severity.ERROR,
    "text/answer": Severity.ERROR,
    "text/truncated": Severity.ERROR,
    "text/key": Severity.ERROR,
    "text/placeholder": Severity.WARNING,
    "text/suppression": Severity.WARNING,
}
MAX_EACH = 5  # findings of one pattern in one file
# A program may print sentences and Markdown: what its here-documents hold is no rest of an answer.
_MAY_BE_PRINTED = frozenset({"text/fence", "text/prose", "text/truncated"})
_HEREDOC = re.compile(r"<<[-~]?[ \t]{0,9}[\"'\\]?([A-Za-z_]\w{0,60})\b(?!:)")


@dataclass(frozen=True, slots=True)
class _Trace:
    """One thing to look for. The pattern, linear but slow, runs only where a sign of it occurs.

    Signs are lower case; "\\n" in front means the start of a line.
    """

    rule: str
    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    message: str


_TRACES = (
    _Trace(
        "text/fence",
        ("\n```", "\n~~~"),
        re.compile(r"^(?:```|~~~)", re.MULTILINE),
        "A Markdown fence was left in the file.",
    ),
    _Trace(
        "text/answer",
        ("file",),
        re.compile(
            r'^-{3,}[ \t]*FILE[ \t]*:|\A\s*\{\s*"files"\s*:\s*\[', re.MULTILINE | re.IGNORECASE
        ),
        "A mark of the answer around the files was left in the file.",
    ),
    _Trace(
        "text/prose",
        (
            *("\nhere", "\nsure", "\ncertainly", "\nof course", "\nbelow", "\ni have", "\ni've"),
            *("\nexplanation", "\nlet me", "\nthis ", "\nyou ", "\nnote", "\nkey ", "\nmake sure"),
            *("\nto ", "\nremember", "\n**"),
        ),
        re.compile(
            r"^(?:Here(?:'s|’s| is| are)|Sure[,!]|Certainly|Of course|Below (?:is|are)"
            r"|I(?:'ve| have) (?:created|written|added|included|made)|Explanation\b|Let me know"
            r"|This (?:Dockerfile|file|configuration|manifest|workflow|setup|example|version)\b"
            r"|You (?:can|should|may|will need)|Note(?: that|:)|Key (?:points|features)|Make sure"
            r"|To (?:use|run|build|deploy|apply) (?:this|these|the|it)\b|Remember to|\*\*[A-Z])",
            re.MULTILINE,
        ),
        "A sentence of the answer was left in the file: “{}…”.",
    ),
    _Trace(
        "text/truncated",
        ("...", "…", "unchanged", "omitted", "truncated", "continued", "cut off"),
        re.compile(
            r"^[ \t]*(?:(?:#|//|;|<!--)[ \t]*)?(?:"
            r"(?:\.\.\.|…)[ \t]*\(?(?:the[ \t]|and[ \t])?"
            r"(?:rest|remain|other|same|more|continue|existing|omitted|so on)"
            r"|[\[(<](?:truncated|continued|cut off|omitted)\b)"
            r"|^[ \t]*(?:#|//)[ \t]*(?:(?:\.\.\.|…)[ \t]*$"
            r"|(?:the[ \t])?(?:rest|remainder|remaining)\b[^\n]{0,200}"
            r"(?:\.\.\.|…|unchanged|omitted))",
            re.MULTILINE | re.IGNORECASE,
        ),
        "The file says that a part of it is left out.",
    ),
    _Trace(
        "text/placeholder",
        ("<", "your_", "replace_", "insert_", "change_", "todo", "fixme"),
        re.compile(
            r"<(?:your|my|insert|replace|change|put|add|enter)[ _-][^<>\n]{1,60}>"
            r"|\b(?:YOUR|REPLACE|INSERT|CHANGE)_[A-Z0-9_]{2,60}\b|\b(?:TODO|FIXME)\b"
        ),
        "“{}” has to be filled in.",
    ),
    _Trace(
        "text/suppression",
        suppressions.SIGNS,
        suppressions.PATTERN,
        "“{}” would silence a linter; it has no effect here.",
    ),
    _Trace(
        "text/key",
        (
            *("akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
            *("xox", "aiza", "sk-", "private key"),
        ),
        # Not the keys of handbooks, known to everybody: those end with EXAMPLE.
        re.compile(
            r"\b(?:AKIA|ASIA)[A-Z0-9]{9}(?!EXAMPLE)[A-Z0-9]{7}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
            r"|\bgithub_pat_[A-Za-z0-9_]{60}|\bglpat-[A-Za-z0-9_-]{20}"
            r"|\bxox[abprs]-[A-Za-z0-9-]{20}|\bAIza[A-Za-z0-9_-]{35}"
            r"|\bsk-(?:proj|ant)-[A-Za-z0-9_-]{32}|\bsk-[A-Za-z0-9]{32}"
            r"|-----BEGIN (?:[A-Z]{2,20} ){0,3}PRIVATE KEY-----"
        ),
        "A real key seems to stand here: take it out and revoke it.",
    ),
)


def leftovers(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Fences, prose, cut-offs, real keys, placeholders and orders to linters in files, by line.

    The first stage of every check. Markdown is left alone: there all of it may belong.
    """
    texts = (file for file in files if not file.path.endswith(".md"))
    return [finding for file in texts for finding in _of_file(file)]


def _of_file(file: ArtifactFile) -> Iterator[Finding]:
    if not file.content.strip():
        yield findings.make(SEVERITY, "text/empty", file.path, None, "The file is empty.")
        return
    lowered = f"\n{file.content.lower()}"
    for trace in _TRACES:
        if any(sign in lowered for sign in trace.signs):
            may_be_printed = trace.rule in _MAY_BE_PRINTED
            content = _without_printed(file.content) if may_be_printed else file.content
            for line, text in _matches(trace.pattern, content):
                sentence = trace.message.format(findings.shortened(text))
                yield findings.make(SEVERITY, trace.rule, file.path, line, sentence)


def _without_printed(content: str) -> str:
    """The same lines, those of here-documents empty; one that never ends is left in."""
    if "<<" not in content:
        return content
    lines = content.split("\n")
    ends: dict[str, list[int]] = {}  # the lines that hold just a word, the first one last
    for number, line in reversed(list(enumerate(lines))):
        ends.setdefault(line.strip(" \t"), []).append(number)
    number = 0
    while number < len(lines):
        found = _HEREDOC.search(lines[number])
        after = ends.get(found[1], []) if found else []
        while after and after[-1] <= number:
            after.pop()
        if after:
            lines[number + 1 : after[-1]] = [""] * (after[-1] - number - 1)
            number = after[-1]
        number += 1
    return "\n".join(lines)


def _matches(pattern: re.Pattern[str], content: str) -> Iterator[tuple[int, str]]:
    """The line and the text of the first few matches."""
    line, seen = 1, 0
    for number, match in enumerate(pattern.finditer(content)):
        if number == MAX_EACH:
            return
        line += content.count("\n", seen, match.start())
        seen = match.start()
        yield line, match[0]
