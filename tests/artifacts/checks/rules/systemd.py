"""Pairs for the rules of systemd's units."""

from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from tests.artifacts.checks.test_check_systemd import GOOD, PATH, TIMER
from webapp.artifacts.checks.systemd import check

OWNER = "X-Owner=us"
PROGRAM = "/opt/shop/.venv/bin/gunicorn"
ONESHOT = GOOD.replace("Type=exec", "Type=oneshot")
SERVICE = GOOD.replace("[Install]\nWantedBy=multi-user.target\n", "")
CALENDAR = "OnCalendar=Mon..Fri *-*-* 03:00:00\n"
TIMER_PATH = "systemd/shop.timer"
swap = swaps(PATH, GOOD)
timed = swaps(TIMER_PATH, TIMER, {PATH: SERVICE})
once = swaps(PATH, ONESHOT)

CHECK = check
PAIRS = {
    "systemd/no-file": Pair({"shop.conf": GOOD}, {"shop.service": GOOD}),
    "systemd/other-file": Pair({PATH: GOOD, "a.conf": "a"}, {PATH: GOOD}),
    "systemd/too-large": swap(f"{OWNER}\n", "X-A=1\n" * 2_000, "X-A=1\n" * 900),
    "systemd/missing-section": texts(
        PATH, "[Unit]\nDescription=a\n", "[Service]\nExecStart=/a\n[Install]\nWantedBy=a.target\n"
    ),
    "systemd/missing-unit": Pair({TIMER_PATH: TIMER}, {TIMER_PATH: TIMER, PATH: SERVICE}),
    "systemd/not-installed": Pair({PATH: SERVICE}, {PATH: SERVICE, TIMER_PATH: TIMER}),
    "systemd/no-trigger": timed(CALENDAR, "", "OnBootSec=5min\n"),
    "systemd/calendar": timed("Mon..Fri *-*-* 03:00:00", "*/5 * * * *", "*:0/5"),
    "systemd/syntax": swap(OWNER, "Owner us", "# Owner us"),
    "systemd/unknown-section": swap("[Install]", "[Instal]", "[X-Own]\nA=1\n[Install]"),
    "systemd/unknown-directive": swap("PrivateTmp", "PrivateTemp", "PrivateTmp"),
    "systemd/wrong-section": swap(OWNER, "StartLimitIntervalSec=10", "TimeoutStartSec=10"),
    "systemd/wrong-value": swap("Type=exec", "Type=daemon", "Type=notify"),
    "systemd/duration": swap("RestartSec=500ms", "RestartSec=5 secs", "RestartSec=5 sec"),
    "systemd/size": swap("MemoryMax=512M", "MemoryMax=512Mi", "MemoryMax=50%"),
    "systemd/unit-name": swap("postgresql.service", "postgresql", "postgresql@a.service"),
    "systemd/environment": swap('"GREETING=good day"', "GREETING=good day", "'GREETING=good day'"),
    "systemd/no-command": swap("ExecStart=/opt", "ExecStop=/opt", "ExecStart=-/opt"),
    "systemd/several-commands": swap(OWNER, "ExecStart=/bin/true", "ExecStartPost=/bin/true"),
    "systemd/quote": swap('$$x" wsgi', "$$x wsgi", '$$x" "wsgi":a wsgi'),
    "systemd/relative-program": swap("/opt/shop/.venv", ".venv", "/.venv"),
    "systemd/bare-program": swap(PROGRAM, "gunicorn", "/usr/bin/gunicorn"),
    "systemd/shell-syntax": swap(" wsgi:app", " wsgi:app && true", ' wsgi:app "a && b"'),
    "systemd/specifier": swap("%%(h)s", "%(h)s", "%n"),
    "systemd/replaced-directive": swap(OWNER, "MemoryLimit=1G", "MemoryHigh=1G"),
    "systemd/runs-as-root": swap("User=shop", "User=root", "User=rooted"),
    "systemd/no-new-privileges": swap(
        "NoNewPrivileges=yes", "NoNewPrivileges=no", "NoNewPrivileges=1"
    ),
    "systemd/protect-system": swap(
        "ProtectSystem=strict", "ProtectSystem=no", "ProtectSystem=full"
    ),
    "systemd/protect-home": swap("ProtectHome=read-only", "ProtectHome=no", "ProtectHome=tmpfs"),
    "systemd/private-tmp": swap("PrivateTmp=yes", "PrivateTmp=no", "PrivateTmp=true"),
    "systemd/capabilities": swap(
        OWNER, "AmbientCapabilities=CAP_SYS_ADMIN", "AmbientCapabilities=CAP_NET_BIND_SERVICE"
    ),
    "systemd/literal-secret": swap("LOG_LEVEL=info", "API_TOKEN=abc123", "API_TOKEN_FILE=/run/a"),
    "systemd/not-waited-for": swap(
        "Wants=network-online.target", "Wants=a.target", "Requires=network-online.target"
    ),
    "systemd/kill-mode": swap(OWNER, "KillMode=none", "KillMode=mixed"),
    "systemd/no-restart": swap("Restart=on-failure", "Restart=no", "Restart=on-abnormal"),
    "systemd/oneshot-restart": once("Restart=on-failure", "Restart=always", "Restart=no"),
}
