"""Pairs for the own rules of GitHub Actions workflows; those of actionlint are its to test."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.github_actions import check

PATH = ".github/workflows/ci.yml"
OTHER = ".github/workflows/a.yaml"
GOOD = sample("ci.workflow.yml")
PYTHON = "actions/setup-python@ece7cb06caefa5fff74198d8649806c4678c61a1 # v6.3.0"
PASSWORD = "${{ secrets.TEST_PASSWORD }}"
PERMISSIONS = "permissions:\n  contents: read\n"
STRANGER = """\
on: TRIGGER
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0
        with: {ref: "${{ github.event.pull_request.head.sha }}", persist-credentials: false}
"""
swap = swaps(PATH, GOOD)


def on(trigger: str) -> str:
    return STRANGER.replace("TRIGGER", trigger)


CHECK = check
PAIRS = {
    "github-actions/no-file": Pair({"ci.yml": GOOD}, {OTHER: GOOD}),
    "github-actions/not-checked": texts(
        PATH, GOOD + "      - run: ${{ a }}\n" * 6000, GOOD + "      - run: make\n" * 600
    ),
    "github-actions/one-document": texts(PATH, f"{GOOD}---\n{GOOD}", f"---\n{GOOD}"),
    "github-actions/other-file": Pair({PATH: GOOD, "a.yml": GOOD}, {PATH: GOOD, OTHER: GOOD}),
    "github-actions/branch": swap(PYTHON, "actions/setup-python@main", "actions/setup-python@v6"),
    "github-actions/unpinned-image": swap(PYTHON, "docker://python:latest", "docker://python:3.13"),
    "github-actions/literal-secret": swap(PASSWORD, "hunter2", "${{ vars.TEST_PASSWORD }}"),
    "github-actions/untrusted-checkout": texts(PATH, on("pull_request_target"), on("pull_request")),
    "github-actions/tag": swap(PYTHON, "actions/setup-python@v6", PYTHON),
    "github-actions/no-permissions": swap(PERMISSIONS, "", "permissions: {}\n"),
}
