"""Built-in answers: the files that a prompt asks for, or a text."""

import json
import re
from fnmatch import fnmatchcase
from functools import lru_cache

from webapp.fake_provider.files import FILES

# How a prompt ends that asks for files: a list of paths, where * stands for a name to choose.
_TASK_MARK = "where * stands for a name that you choose:\n"
_TASK = re.compile(re.escape(_TASK_MARK) + r"((?:- [^\n]+\n?)+)")
_NAME = "app"
# What an answer cannot do without, though its name is free to choose.
_NAMES = {
    "kustomize/base/*.yaml": ("deployment",),
    "otel/telemetry.*": ("py",),
}
_REPAIR = re.compile(r"this is round (\d{1,3}) of its repair")
_FENCE = "```\n"  # what no file may hold

_MARKDOWN = """\
# An answer

This text comes from the fake provider: no model was asked.

- It is the same for every prompt that asks for no files.
- `omni fake-provider --answer FILE` sends another one.
"""


def answer_for(prompt: str) -> str:
    """The answer to a prompt: the files it asks for, as JSON, or else a text in Markdown."""
    # A file of the project may quote a task too: the last one counts.
    task = _TASK.match(prompt, max(prompt.rfind(_TASK_MARK), 0))
    return _files(task[1]) if task else _MARKDOWN


def repair_round(prompt: str) -> int:
    """Which repair a prompt asks for; 0 where it asks for a first answer."""
    asked = _REPAIR.findall(prompt)
    return int(asked[-1]) if asked else 0


def with_errors(answer: str) -> str:
    """The answer with an error at the end of each of its files."""
    if not answer.startswith("{"):
        return answer + _FENCE
    said = json.loads(answer)
    for file in said["files"]:
        file["content"] += _FENCE
    return json.dumps(said, ensure_ascii=False)


@lru_cache(maxsize=64)
def _files(listed: str) -> str:
    patterns = [line.removeprefix("- ") for line in listed.splitlines()]
    # The more of a name is free to choose, the less somebody has to make the file.
    fewest = min(pattern.count("*") for pattern in patterns)
    chosen = [p for p in patterns if p.count("*") == fewest or p in _NAMES]
    paths = [p.replace("*", name) for p in chosen for name in _NAMES.get(p, (_NAME,))]
    files = [{"path": path, "content": _content(path)} for path in paths]
    return json.dumps({"files": files, "notes": []}, ensure_ascii=False)


def _content(path: str) -> str:
    return next(content for pattern, content in FILES if fnmatchcase(path, pattern))
