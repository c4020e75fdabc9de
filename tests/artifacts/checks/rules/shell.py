"""Pairs for the own rules of shell scripts; those of ShellCheck are ShellCheck's to test."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.shell import check

PATH = "scripts/deploy.sh"
GOOD = sample("deploy.sh")
PULL = 'docker pull "${image}"'
BASH = "#!/usr/bin/env bash\n"
CURL = "curl -f https://a.example |"
swap = swaps(PATH, GOOD)


def nested(times: int) -> str:
    return GOOD + "if true; then\n" * times + "ls\n" + "fi\n" * times


CHECK = check
PAIRS = {
    "shell/no-file": Pair({"deploy": GOOD}, {"deploy.sh": GOOD}),
    "shell/other-file": Pair({PATH: GOOD, "a.txt": "a"}, {PATH: GOOD, "a.sh": GOOD}),
    "shell/not-checked": texts(PATH, nested(1500), nested(15)),
    "shell/too-deep": swap(PULL, f"ls {'$(' * 61}ls{')' * 61}", f'ls "{"$(ls)" * 61}"'),
    "shell/other-shell": swap(BASH, "#!/usr/bin/env fish\n", "#!/usr/bin/env -S bash\n"),
    "shell/no-shebang": swap(BASH, "# /usr/bin/env bash\n", BASH),
    "shell/failures-ignored": swap("set -euo pipefail", "set -eu", "set -eu -o pipefail"),
    "shell/literal-secret": swap(PULL, "export API_TOKEN=abc", 'export API_TOKEN="${TOKEN}"'),
    "shell/pipe-to-shell": swap(PULL, f"{CURL} sh", f"{CURL} tar -xz"),
}
