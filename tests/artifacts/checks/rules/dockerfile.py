"""Pairs for the own rules of Dockerfiles; those of hadolint are hadolint's to test."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.dockerfile import check

PATH = "Dockerfile"
IGNORE = ".dockerignore"
GOOD = sample("web.Dockerfile")
PORT = "EXPOSE 8000"
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "dockerfile/no-file": Pair({"docker.txt": GOOD}, {"docker/api.Dockerfile": GOOD}),
    "dockerfile/not-checked": swap(PORT, f"RUN echo {'(' * 5000}", f"RUN echo '{'(' * 5}'"),
    "dockerfile/other-file": Pair({PATH: GOOD, "a.txt": "a"}, {PATH: GOOD, "Dockerfile.a": GOOD}),
    "dockerfile/no-from": texts(PATH, "ARG A=1\n", "ARG A=1\nFROM a:$A\nUSER 7\n"),
    "dockerfile/unknown-stage": swap("--from=build", "--from=builder", "--from=builder:1"),
    "dockerfile/root": swap("USER 10001:10001", "USER 0:10001", "USER 10001:0"),
    "dockerfile/literal-secret": swap(PORT, "ENV API_KEY=abc", "ENV API_KEY=$KEY"),
    "dockerfile/ignores-everything": texts(IGNORE, "*\n", "*\n!src\n", {PATH: GOOD}),
    "dockerfile/not-ignored": texts(IGNORE, ".git\n", ".git\n.env\n", {PATH: GOOD}),
}
