import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import SAMPLES, sample, text_of
from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places
from webapp.artifacts.checks.systemd import check
from webapp.artifacts.checks.systemd_directives import REPLACED, SECTIONS
from webapp.domain.artifact import ArtifactFile, Severity

PATH = "systemd/shop.service"
GOOD = """\
# The shop
[Unit]
Description=The shop
After=network-online.target postgresql.service
Wants=network-online.target
StartLimitIntervalSec=1h 30min

[Service]
Type=exec
User=shop
Environment=PORT=8000 "GREETING=good day" LOG_LEVEL=info
EnvironmentFile=/etc/shop/env
ExecStartPre=/bin/sh -c 'test -e /opt/shop/ready && exit 0 | cat > /dev/null'
ExecStart=/opt/shop/.venv/bin/gunicorn --bind 127.0.0.1:8000 \\
    # a comment between
    --access-logformat "%%(h)s ${LEVEL} $$x" wsgi:app
Restart=on-failure
RestartSec=500ms
MemoryMax=512M
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
X-Owner=us

[Install]
WantedBy=multi-user.target
"""
TIMER = """\
[Timer]
OnCalendar=Mon..Fri *-*-* 03:00:00
Persistent=true
[Install]
WantedBy=timers.target
"""

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("# The shop", "Here = there", "syntax", "Here"),
    ("X-Owner=us", "Owner us", "syntax", "Owner"),
    ("[Install]", "[Instal]", "unknown-section", "[Instal]"),
    ("PrivateTmp", "PrivateTemp", "unknown-directive", "PrivateTemp"),
    ("X-Owner=us", "StartLimitIntervalSec=10", "wrong-section", "StartLimitIntervalSec=10"),
    ("Type=exec", "Type=daemon", "wrong-value", "Type=daemon"),
    ("Restart=on-failure", "Restart=unless-stopped", "wrong-value", "unless-stopped"),
    ("NoNewPrivileges=yes", "NoNewPrivileges=maybe", "wrong-value", "maybe"),
    ("ProtectSystem=strict", "ProtectSystem=paranoid", "wrong-value", "paranoid"),
    ("RestartSec=500ms", "RestartSec=5 secs", "duration", "5 secs"),
    ("1h 30min", "an hour", "duration", "an hour"),
    ("X-Owner=us", "TimeoutSec=90 secs", "duration", "TimeoutSec"),
    ("MemoryMax=512M", "MemoryMax=512Mi", "size", "512Mi"),
    ("WantedBy=multi-user.target", "WantedBy=multi-user", "unit-name", "WantedBy"),
    ("postgresql.service", "postgresql", "unit-name", "After"),
    ('"GREETING=good day"', "GREETING=good day", "environment", "GREETING"),
    ('"GREETING=good day"', '"GREETING=good day', "environment", "GREETING"),
    ("ExecStart=/opt", "ExecStop=/opt", "no-command", "[Service]"),
    ("X-Owner=us", "ExecStart=/bin/true", "several-commands", "ExecStart=/bin/true"),
    ('$$x" wsgi', "$$x wsgi", "quote", "ExecStart=/opt"),
    ("/opt/shop/.venv", ".venv", "relative-program", "ExecStart=.venv"),
    ("/opt/shop/.venv", "A=1 /opt/shop/.venv", "shell-syntax", "A=1"),
    (" wsgi:app", " wsgi:app && true", "shell-syntax", "ExecStart=/opt"),
    (" wsgi:app", " wsgi:app > /tmp/log", "shell-syntax", "ExecStart=/opt"),
    (" wsgi:app", " wsgi:app 2>&1", "shell-syntax", "ExecStart=/opt"),
    (" wsgi:app", " $(cat name)", "shell-syntax", "ExecStart=/opt"),
    ("127.0.0.1:8000", "127.0.0.1:${PORT:-8000}", "shell-syntax", "ExecStart=/opt"),
    ("%%(h)s", "%(h)s", "specifier", "ExecStart=/opt"),
]
REMARKED = [
    ("X-Owner=us", "MemoryLimit=1G", "replaced-directive", "MemoryLimit"),
    ("/opt/shop/.venv/bin/gunicorn", "gunicorn", "bare-program", "ExecStart=gun"),
    ("User=shop", "User=root", "runs-as-root", "User=root"),
    ("User=shop\n", "", "runs-as-root", "[Service]"),
    ("NoNewPrivileges=yes\n", "", "no-new-privileges", "[Service]"),
    ("ProtectSystem=strict", "ProtectSystem=no", "protect-system", "[Service]"),
    ("PrivateTmp=yes\n", "", "private-tmp", "[Service]"),
    ("X-Owner=us", "AmbientCapabilities=CAP_SYS_ADMIN", "capabilities", "AmbientCap"),
    ("LOG_LEVEL=info", "API_TOKEN=abc123", "literal-secret", "API_TOKEN"),
    ("--bind 127", "--db-password=abc --bind 127", "literal-secret", "ExecStart=/opt"),
    ("Wants=network-online.target\n", "", "not-waited-for", "After="),
    ("X-Owner=us", "KillMode=none", "kill-mode", "KillMode"),
    ("ProtectHome=read-only\n", "", "protect-home", "[Service]"),
    ("Restart=on-failure\n", "", "no-restart", "[Service]"),
]


def test_a_good_service_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_systemd_does_not_take_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = errors(check(files(PATH, text)))
    assert (f"systemd/{rule}", line_of(text, mark)) in places(found)
    assert {finding.rule for finding in found} == {f"systemd/{rule}"}


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    found = check(files(PATH, text))
    assert places(found) == [(f"systemd/{rule}", line_of(text, mark))]
    assert not errors(found)


@pytest.mark.parametrize("restart", ["always", "on-success"])
def test_what_ends_by_itself_is_not_always_started_again(restart: str) -> None:
    text = faulty(GOOD, "Type=exec", "Type=oneshot").replace("on-failure", restart)
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == ("systemd/oneshot-restart", Severity.ERROR)
    assert check(files(PATH, faulty(GOOD, "Type=exec", "Type=oneshot"))) == []


def test_a_dynamic_user_brings_its_protection_along() -> None:
    text = GOOD.replace("User=shop", "DynamicUser=yes")
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"):
        text = faulty(text, f"{line}\n", "")
    assert check(files(PATH, text)) == []


def test_an_empty_setting_takes_back_those_before() -> None:
    text = faulty(GOOD, "X-Owner=us", "ExecStart=\nExecStart=/bin/true")
    assert check(files(PATH, text)) == []


def test_a_timer_starts_the_service_of_its_name() -> None:
    service = faulty(GOOD, "[Install]\nWantedBy=multi-user.target\n", "")
    answer = [ArtifactFile(PATH, service), ArtifactFile("systemd/shop.timer", TIMER)]
    assert check(answer) == []
    assert places(check(answer[1:])) == [("systemd/missing-unit", 1)]
    assert places(check(answer[:1])) == [("systemd/not-installed", None)]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("OnCalendar=Mon..Fri *-*-* 03:00:00\n", "", "no-trigger"),
        ("Mon..Fri *-*-* 03:00:00", "*/5 * * * *", "calendar"),
        ("[Timer]", "[Unit]", "wrong-section"),
    ],
)
def test_a_timer_needs_a_time(old: str, new: str, rule: str) -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile("a/shop.timer", faulty(TIMER, old, new))]
    assert f"systemd/{rule}" in [finding.rule for finding in errors(check(answer))]


def test_a_service_needs_its_section() -> None:
    assert places(check(files(PATH, "[Unit]\nDescription=a\n")))[0] == (
        "systemd/missing-section",
        None,
    )


def test_an_answer_without_a_unit_is_an_error() -> None:
    found = check(files("shop.conf", GOOD))
    assert places(found) == [("systemd/no-file", None), ("systemd/other-file", None)]


@pytest.mark.parametrize("text", ["X-A=1\n" * 2_000, "# \n" * 90_000])
def test_a_very_large_unit_is_not_checked(text: str) -> None:
    found = errors(check(files(PATH, GOOD.replace("X-Owner=us\n", text))))
    assert places(found) == [("systemd/too-large", None)]
    assert check(files(PATH, GOOD.replace("X-Owner=us\n", text[:6_000]))) == []


@pytest.mark.parametrize("project", SAMPLES)
def test_systemd_itself_takes_the_template(project: str, tmp_path: Path) -> None:
    text = text_of("systemd", sample(project))
    # Its program is not installed on this machine.
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
    (tmp_path / "demo.service").write_text(text, encoding="utf-8")
    assert _verified(tmp_path / "demo.service") == ""


def test_every_directive_that_systemd_here_knows_is_known() -> None:
    run = subprocess.run(
        ["/usr/lib/systemd/systemd", "--dump-configuration-items"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    listed: dict[str, set[str]] = {}
    for line in run.stdout.split("\n"):
        if line.startswith("["):
            names = listed.setdefault(line.strip("[]"), set())
        elif "=" in line:
            names.add(line.partition("=")[0])
    for sections in SECTIONS.values():
        for section, known in sections.items():
            assert listed[section] - known - REPLACED.keys() == set()


def test_systemd_itself_sees_a_fault(tmp_path: Path) -> None:
    (tmp_path / "demo.service").write_text(
        "[Service]\nExecStart=/bin/true\nFoo=1\n", encoding="utf-8"
    )
    assert "Foo" in _verified(tmp_path / "demo.service")


def _verified(unit: Path) -> str:
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    # Lines on units of this machine are none of ours.
    return "".join(line for line in run.stderr.splitlines(True) if "demo" in line)


@pytest.mark.parametrize(
    "text",
    [
        "[Service]\nRestartSec=" + "1" * 200_000,
        "[Service]\nRestartSec=" + "1 " * 90_000,
        "[Service]\nExecStart=" + "\\" * 200_000,
        "[Service]\nExecStart=" + "${a" * 60_000,
        "[Service]\n" + "ExecStart=/a\n" * 15_000,
        "[Service]\n" + "ExecStart=/a\nExecStart=\n" * 8_000,
        "[Service]\n" + "".join(f"Directive{n}=1\n" for n in range(10_000)),
        "[Timer]\nOnCalendar=" + "a " * 90_000,
        "a\\\n" * 60_000,
    ],
)
def test_a_hostile_unit_is_looked_through_in_linear_time(text: str) -> None:
    assert 0 < len(check([ArtifactFile(PATH, text), ArtifactFile("a.timer", text)])) <= 300


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("[]Service=Exc\n\\\"'%$#; a/"), max_size=200))
def test_no_text_breaks_the_check(text: str) -> None:
    check(files(PATH, f"[Service]\n{text}"))
