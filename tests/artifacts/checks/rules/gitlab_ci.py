"""Pairs for the rules of GitLab pipelines."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.gitlab_ci import check

PATH = ".gitlab-ci.yml"
GOOD = sample("shop.gitlab-ci.yml")
DEPLOY = "script: [./scripts/deploy.sh]"
RUFF = "script: [ruff check .]"
PYTHON = ".python:\n  image"
TIMEOUT = "timeout: 20 minutes"
SPEC = "spec: {inputs: {}}\n---\n"
CURL = "curl -f https://a.example |"
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "gitlab-ci/no-file": Pair({"ci/base.yml": GOOD}, {PATH: GOOD}),
    "gitlab-ci/other-file": Pair({PATH: GOOD, "ci/base.yml": GOOD}, {PATH: GOOD}),
    "gitlab-ci/one-document": texts(PATH, f"{GOOD}---\n{GOOD}", f"{SPEC}{GOOD}"),
    "gitlab-ci/unknown-field": swap(TIMEOUT, "timeoout: 20 minutes", "retry: 1"),
    "gitlab-ci/missing-field": swap("name: production, ", "", "name: staging, "),
    "gitlab-ci/wrong-type": swap(DEPLOY, "script: 1", 'script: "1"'),
    "gitlab-ci/wrong-value": swap("when: manual", "when: sometimes", "when: always"),
    "gitlab-ci/unknown-template": swap("[.python, before", "[.pyton, before", "[.python, after"),
    "gitlab-ci/template-cycle": swap(
        PYTHON,
        ".python:\n  extends: .python\n  image",
        ".base: {}\n.python:\n  extends: .base\n  image",
    ),
    "gitlab-ci/no-jobs": texts(PATH, ".t: {script: a}\n", ".t: {script: a}\nt: {extends: .t}\n"),
    "gitlab-ci/undefined-stage": swap(
        "[test, build, deploy]", "[test, deploy]", "[test, build, scan, deploy]"
    ),
    "gitlab-ci/undefined-job": swap("[lint]", "[lnit]", "[{job: lnit, optional: true}]"),
    "gitlab-ci/later-job": swap("needs: [lint]", "needs: [deploy]", "needs: []"),
    "gitlab-ci/needs-cycle": swap(RUFF, f"{RUFF}\n  needs: [test]", f"{RUFF}\n  needs: []"),
    "gitlab-ci/not-needed": swap(
        "dependencies: []", "dependencies: [lint]", "dependencies: ['image:build']"
    ),
    "gitlab-ci/no-script": swap(f"  {DEPLOY}", "", "  trigger: shop/deployment"),
    "gitlab-ci/rules-and-only": swap("dependencies: []", "only: [main]", "dependencies: []"),
    "gitlab-ci/unpinned-image": swap("alpine:3.23", "alpine:latest", "alpine:$TAG"),
    "gitlab-ci/literal-secret": swap("$TEST_PASSWORD", "hunter2", "${TEST_PASSWORD}"),
    "gitlab-ci/pipe-to-shell": swap("./scripts/deploy.sh", f"{CURL} sh", f"{CURL} jq ."),
}
