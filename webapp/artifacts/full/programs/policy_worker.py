"""Asks checkov about one file after another; run by the Python of the extra `full`, never imported.

Reads lines of JSON, `{"framework", "name", "text"}`, from its standard input until that ends, and
answers each with a line: a list of `[rule, line, sentence]`, or null where checkov could not read
the file. Importing checkov takes a second, so the process stays; it ends by itself after a file
that takes 5 s of CPU, or when nobody asks it for ten minutes.
"""

import json
import math
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

CPU_S = 5
IDLE_S = 600


def main() -> None:
    """Answer requests until there are no more."""
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for request in requests():
        allow_cpu()
        answers.write(json.dumps(remarks(**json.loads(request))) + "\n")
        answers.flush()


def requests() -> Iterator[str]:
    """The lines of the standard input; waiting too long for one ends the process."""
    while True:
        signal.alarm(IDLE_S)
        line = sys.stdin.readline()
        signal.alarm(0)
        if not line:
            return
        yield line


def allow_cpu() -> None:
    """Let the next file take 5 s: the limit counts from the start of the process."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(math.ceil(used) + CPU_S, most), most))


def remarks(framework: str, name: str, text: str) -> list[Any] | None:
    """What checkov would have otherwise in a file, which gets a folder of its own."""
    runner = import_module(f"checkov.{framework}.runner").Runner()
    runner_filter = import_module("checkov.runner_filter").RunnerFilter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", "replace")
        report = runner.run(root_folder=None, files=[str(path)], runner_filter=runner_filter)
    reports = report if isinstance(report, list) else [report]
    if any(one.parsing_errors for one in reports):
        return None
    # A comment in the file has no say in what is advised.
    records = [one for each in reports for one in (*each.failed_checks, *each.skipped_checks)]
    return [[one.check_id, one.file_line_range[0], one.check_name] for one in records]


if __name__ == "__main__":
    main()
