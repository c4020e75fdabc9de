import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.dockerfile import MAX_BYTES, MAX_FILES, check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("web.Dockerfile")
BASE = "FROM debian:13.2\n"

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("EXPOSE 8000", "EXPOSE 80000", "hadolint/DL3011", "EXPOSE"),
    ("EXPOSE 8000", "EXPOS 8000", "hadolint/DL1000", "EXPOS"),
    ("COPY requirements.txt ./", "COPY requirements.txt", "hadolint/DL1000", "COPY req"),
    ('CMD ["/opt', '```\nCMD ["/opt', "text/fence", "```"),
    ("--from=build", "--from=builder", "dockerfile/unknown-stage", "--from=builder"),
    ("--from=1", "--from=3", "dockerfile/unknown-stage", "--from=3"),
    ("FROM nginx:1.29.4 AS static", "FROM nginx:1.29.4", "dockerfile/unknown-stage", "--from=stat"),
]
REMARKED = [
    ("nginx:1.29.4", "nginx:latest", "hadolint/DL3007", "nginx:latest", Severity.WARNING),
    ("nginx:1.29.4", "nginx", "hadolint/DL3006", "nginx AS", Severity.WARNING),
    ("USER 10001:10001", "USER app", "hadolint/DL3066", "USER app", Severity.NOTE),
    ("USER 10001:10001", "USER 0", "dockerfile/root", "USER 0", Severity.WARNING),
    ("USER 10001:10001", "USER 0:0", "dockerfile/root", "USER 0:0", Severity.WARNING),
    ("USER 10001:10001\n", "", "dockerfile/root", "FROM base\n", Severity.WARNING),
    ("EXPOSE 8000", "ENV DB_PASSWORD=hunter2", "dockerfile/literal-secret", "ENV DB", "warning"),
    ("EXPOSE 8000", 'ENV A=1 API_KEY="x y"', "dockerfile/literal-secret", "ENV A=1", "warning"),
    ("EXPOSE 8000", "ENV API_KEY x y", "dockerfile/literal-secret", "ENV API", "warning"),
    ("EXPOSE 8000", "ARG TOKEN", "dockerfile/literal-secret", "ARG TOKEN", "warning"),
    (
        "EXPOSE 8000",
        "ENV DB=pg://me:secret@db/shop",
        "dockerfile/literal-secret",
        "ENV DB",
        "warning",
    ),
]


def test_a_good_dockerfile_has_no_findings() -> None:
    assert check(files("Dockerfile", GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_cannot_be_built_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    assert places(errors(check(files("Dockerfile", text)))) == [(rule, line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark", "severity"), REMARKED)
def test_a_risk_is_remarked_on_its_line(
    old: str, new: str, rule: str, mark: str, severity: str
) -> None:
    text = faulty(GOOD, old, new)
    (found,) = check(files("Dockerfile", text))
    assert (found.rule, found.line, found.severity) == (rule, line_of(text, mark), severity)


@pytest.mark.parametrize(
    "variables",
    [
        "ENV DB_PASSWORD_FILE=/run/secrets/db",
        "ENV API_KEY=$KEY",
        "ENV PASSWORD=",
        "ARG TOKEN_TTL=5",
        "LABEL password=x",
    ],
)
def test_a_variable_without_a_secret_in_it_is_left_alone(variables: str) -> None:
    assert check(files("Dockerfile", faulty(GOOD, "EXPOSE 8000", variables))) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}USER 7\n",
        "FROM debian:13.2 AS a\nUSER 7\nFROM a AS b\nFROM b\n",
        "FROM gcr.io/distroless/static-debian13:nonroot\n",
        f"{BASE}ARG ID=7\nUSER 10$ID\n",
        f"{BASE}USER 0\nUSER 7\n",
        "# escape=`\nFROM debian:13.2\nRUN a `\n  b\nUSER 7\n",
        f"{BASE}RUN <<-'END' cat\n\tUSER root\n\tEND\nUSER 7\n",
    ],
)
def test_the_user_of_the_last_stage_may_be_set_before_it(text: str) -> None:
    assert check(files("Dockerfile", text)) == []


@pytest.mark.parametrize(
    "heredoc",
    [
        "RUN <<EOF\nUSER root\nEOF\n",
        "RUN <<-'EOF' cat\n\tUSER root\n\tEOF\n",
        "COPY <<A <<B /srv/\nUSER root\nA\nUSER root\nB\n",
        "RUN cat > /srv/a <<EOF && \\\n  cat /srv/a\nUSER root\nEOF\n",
        "RUN cat <<< EOF\n",
        "RUN echo $((1<<2))\n",
    ],
)
def test_a_here_document_is_no_instruction(heredoc: str) -> None:
    assert not errors(check(files("Dockerfile", f"{BASE}{heredoc}USER 7\n")))
    found = check(files("Dockerfile", f"{BASE}USER 7\n{heredoc}EXPOSE 80000\n"))
    assert places(errors(found)) == [("hadolint/DL3011", 3 + heredoc.count("\n"))]


def test_a_here_document_that_never_ends_is_an_error() -> None:
    found = errors(check(files("Dockerfile", f"{BASE}USER 7\nRUN <<EOF\necho\n")))
    assert places(found) == [("hadolint/DL1000", 4)]


def test_a_stage_that_starts_from_itself_is_looked_at_once() -> None:
    found = check(files("Dockerfile", "FROM a:1 AS b\nFROM b AS a\nFROM a AS b\n"))
    assert ("dockerfile/root", 3) in places(found)


def test_orders_to_the_linter_in_comments_change_nothing() -> None:
    order = "# hadolint ignore=DL3007\nFROM nginx:latest"
    text = "# hadolint global ignore=DL3007\n" + faulty(GOOD, "FROM nginx:1.29.4", order)
    found = places(check(files("Dockerfile", text)))
    assert [rule for rule, _ in found] == [
        "text/suppression",
        "text/suppression",
        "hadolint/DL3007",
    ]


def test_several_dockerfiles_are_each_checked_under_their_names() -> None:
    answer = [
        ArtifactFile("Dockerfile", GOOD),
        ArtifactFile("worker/Dockerfile", f"{BASE}USER 7\nEXPOSE 80000\n"),
        ArtifactFile("docker/api.Dockerfile", f"{BASE}USER 7\nRUNN a\n"),
        ArtifactFile("Dockerfile.dev", f"{BASE}USER root\n"),
    ]
    assert [(finding.path, finding.rule) for finding in check(answer)] == [
        ("Dockerfile.dev", "dockerfile/root"),
        ("docker/api.Dockerfile", "hadolint/DL1000"),
        ("worker/Dockerfile", "hadolint/DL3011"),
    ]


@pytest.mark.parametrize("text", ["# only a comment\n", "ARG A=1\n"])
def test_a_dockerfile_without_from_is_an_error(text: str) -> None:
    assert ("dockerfile/no-from", None) in places(errors(check(files("Dockerfile", text))))


def test_an_answer_without_a_dockerfile_is_an_error() -> None:
    found = check(files("docker.txt", GOOD))
    assert places(found) == [("dockerfile/no-file", None), ("dockerfile/other-file", None)]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (".git\n.env\n", []),
        ("**/.git/\n**/.env*\n", []),
        ("*\n!src\n", []),
        ("*.log\n.git\n", [("dockerfile/not-ignored", None)]),
        ("*.log\n", [("dockerfile/not-ignored", None)] * 2),
        ("# all\n**\n", [("dockerfile/ignores-everything", 2)]),
    ],
)
def test_a_dockerignore_is_asked_for_too_much_and_too_little(
    patterns: str, expected: list[tuple[str, int | None]]
) -> None:
    answer = [ArtifactFile("Dockerfile", GOOD), ArtifactFile(".dockerignore", patterns)]
    assert places(check(answer)) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}RUN {'(' * 5000}\n",
        f"{BASE}RUN echo {'{a,' * 1000}\n",
        f"{BASE}{'RUN a' * MAX_BYTES}\n",
    ],
)
def test_what_hangs_the_linter_is_refused_beforehand(text: str) -> None:
    assert places(check(files("Dockerfile", text))) == [("dockerfile/not-checked", None)]


def test_a_linter_that_fails_is_an_error_for_every_file_it_did_not_see() -> None:
    noisy = BASE + "COPY a b\n" * 7000  # more than a megabyte of remarks
    answer = [ArtifactFile("a/Dockerfile", noisy), ArtifactFile("b/Dockerfile", GOOD)]
    found = errors(check(answer))
    assert [(one.path, one.rule) for one in found] == [
        ("a/Dockerfile", "dockerfile/not-checked"),
        ("b/Dockerfile", "dockerfile/not-checked"),
    ]


def test_more_dockerfiles_than_may_start_a_process_are_an_error() -> None:
    answer = [ArtifactFile(f"{n}/Dockerfile", GOOD) for n in range(MAX_FILES + 1)]
    found = check(answer)
    assert [(one.path, one.rule) for one in found] == [("10/Dockerfile", "dockerfile/not-checked")]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_check(text: str) -> None:
    check(files("Dockerfile", text))
    check([ArtifactFile("Dockerfile", GOOD), ArtifactFile(".dockerignore", text)])
