"""What systemd starts, and should not be given without a thought."""

from collections.abc import Iterator, Mapping, Sequence

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.systemd_directives import COMMANDS
from webapp.artifacts.checks.systemd_unit import Unit, described, words
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "systemd/no-trigger": Severity.ERROR,
    "systemd/runs-as-root": Severity.WARNING,
    "systemd/no-new-privileges": Severity.WARNING,
    "systemd/protect-system": Severity.WARNING,
    "systemd/private-tmp": Severity.WARNING,
    "systemd/capabilities": Severity.WARNING,
    "systemd/literal-secret": Severity.WARNING,
    "systemd/not-waited-for": Severity.WARNING,
    "systemd/missing-unit": Severity.WARNING,
    "systemd/kill-mode": Severity.WARNING,
    "systemd/protect-home": Severity.NOTE,
    "systemd/no-restart": Severity.NOTE,
    "systemd/not-installed": Severity.NOTE,
}
_ON = frozenset({"yes", "true", "on", "1"})
_WIDE = frozenset({"CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_MODULE", "CAP_NET_ADMIN", "CAP_BPF"})
# What a unit is usually triggered by, and how the names of all such directives start.
_TRIGGERS: Mapping[str, tuple[str, str | tuple[str, ...]]] = {
    "timer": ("OnCalendar", "On"),
    "socket": ("ListenStream", "Listen"),
    "path": ("PathChanged", ("Path", "DirectoryNotEmpty")),
}

_Found = Iterator[Finding]


def risks(units: Sequence[Unit]) -> _Found:
    """Rights a service does not need, secrets, and units that do not find each other."""
    for one in units:
        if one.ending == "service":
            yield from _rights(one)
            yield from _running(one)
        yield from _secrets(one)
        yield from _ordering(one)
        yield from _trigger(one, units)
        yield from _installed(one, units)


def _finding(rule: str, one: Unit, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"systemd/{rule}", one.path, line, message)


def _rights(one: Unit) -> _Found:
    line, user = one.line_of("Service"), one.last("User")
    is_dynamic = one.value("DynamicUser") in _ON
    if not is_dynamic and (user is None or user.value in ("root", "0")):
        message = "The service runs as root: set DynamicUser=yes, or User= to one of its own."
        yield _finding("runs-as-root", one, user.line if user else line, message)
    # What a dynamic user brings along.
    if not is_dynamic and one.value("NoNewPrivileges") not in _ON:
        message = "Its programs can gain rights that it has not: set NoNewPrivileges=yes."
        yield _finding("no-new-privileges", one, line, message)
    if not is_dynamic and one.value("ProtectSystem") in ("", "no", "false", "off", "0"):
        message = "It can change the system: set ProtectSystem=strict, and what it writes apart."
        yield _finding("protect-system", one, line, message)
    if not is_dynamic and one.value("PrivateTmp") not in (*_ON, "disconnected"):
        message = "It shares /tmp with all others: set PrivateTmp=yes."
        yield _finding("private-tmp", one, line, message)
    if not is_dynamic and one.value("ProtectHome") in ("", "no", "false", "off", "0"):
        message = "It sees the homes of all users: set ProtectHome=yes."
        yield _finding("protect-home", one, line, message)
    for setting in one.all("AmbientCapabilities"):
        if wide := sorted(_WIDE.intersection(setting.value.split())):
            message = f"The service is given {', '.join(wide)}, which is nearly as much as root."
            yield _finding("capabilities", one, setting.line, message)


def _running(one: Unit) -> _Found:
    if one.value("Type") != "oneshot" and one.value("Restart") in ("", "no"):
        message = "Nothing starts the service again when it fails: set Restart=on-failure."
        yield _finding("no-restart", one, one.line_of("Service"), message)
    mode = one.last("KillMode")
    if mode and mode.value in ("none", "process"):
        message = f"KillMode={mode.value} leaves processes behind when the service stops."
        yield _finding("kill-mode", one, mode.line, message)


def _secrets(one: Unit) -> _Found:
    for setting in one.all("Environment"):
        for word in words(setting.value) or ():
            name, _, value = word.partition("=")
            if is_literal_secret(name, value):
                message = (
                    f"The value of {shortened(name)} is written out, and every user can read it: "
                    "take it from EnvironmentFile= or LoadCredential=."
                )
                yield _finding("literal-secret", one, setting.line, message)
    for setting in one.all(*COMMANDS):
        for word in words(setting.value) or ():
            name, equals, value = word.lstrip("-").partition("=")
            if equals and is_literal_secret(name, value):
                message = f"The value of {shortened(name)} stands in a command: any user sees it."
                yield _finding("literal-secret", one, setting.line, message)


def _ordering(one: Unit) -> _Found:
    target = "network-online.target"
    pulled = one.all("Wants", "Requires", "BindsTo")
    for setting in one.all("After"):
        is_pulled = any(target in each.value.split() for each in pulled)
        if target in setting.value.split() and not is_pulled:
            message = f"After={target} waits for nothing unless Wants={target} is set as well."
            yield _finding("not-waited-for", one, setting.line, message)


def _trigger(one: Unit, units: Sequence[Unit]) -> _Found:
    if one.ending not in _TRIGGERS:
        return
    usual, starts = _TRIGGERS[one.ending]
    section = one.line_of(one.own_section)
    own = (each.name for each in one.settings if each.section == one.own_section and each.value)
    if not any(name.startswith(starts) for name in own):
        message = f"Nothing triggers the {one.ending}: set {usual}=."
        yield _finding("no-trigger", one, section, message)
    started = _started_by(one)
    if started and described(units, started) is None:
        message = f"{shortened(started)}, which the {one.ending} starts, is not among these files."
        yield _finding("missing-unit", one, section, message)


def _started_by(one: Unit) -> str | None:
    """What a timer, socket or path starts; None for a socket that starts one for each caller."""
    named = one.value("Service" if one.ending == "socket" else "Unit")
    if one.value("Accept") in _ON:
        return None
    return named or f"{one.name.removesuffix(f'.{one.ending}')}.service"


def _installed(one: Unit, units: Sequence[Unit]) -> _Found:
    started = {_started_by(each) for each in units if each.ending in _TRIGGERS}
    if not one.all("WantedBy", "RequiredBy", "UpheldBy", "Also") and one.name not in started:
        message = f"It cannot be enabled: [Install] has no WantedBy= for this {one.ending}."
        yield _finding("not-installed", one, None, message)
