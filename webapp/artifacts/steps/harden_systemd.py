"""Harden services of systemd: directives that take away what an application does not use."""

import re
from collections.abc import Sequence

from webapp.artifacts.base import BlueprintInput, Template
from webapp.artifacts.blueprint import listed
from webapp.artifacts.checks.systemd import check
from webapp.artifacts.checks.systemd_directives import COMMANDS
from webapp.artifacts.checks.systemd_unit import Unit, unit
from webapp.artifacts.steps.rewriting import IN_THE_WAY, UNREADABLE, Notes, kept, like
from webapp.domain.artifact import ArtifactFile

_DIRECTIVES = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "full",
    "PrivateTmp": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "LockPersonality": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
}
# What DynamicUser=yes brings along, and stricter.
_OF_DYNAMIC = frozenset({"NoNewPrivileges", "ProtectSystem", "PrivateTmp", "RestrictSUIDSGID"})
# They change their machine, or become somebody else: what they need is not known.
_ADMINISTERS = frozenset(
    {
        *("apt", "apt-get", "containerd", "dnf", "docker", "dockerd", "iptables", "ip", "kubelet"),
        *("modprobe", "mount", "nft", "podman", "runc", "runuser", "setpriv", "su", "sudo"),
        *("sysctl", "systemctl", "systemd-run", "udevadm", "umount", "useradd", "usermod"),
    }
)
_RIGHTS = ("AmbientCapabilities", "CapabilityBoundingSet", "Delegate", "PAMName")
_WORD = re.compile(r"[\w-]+")
_TMP = "/tmp"  # noqa: S108 what a service names


def rewrite(files: Sequence[ArtifactFile], _: BlueprintInput) -> Template:
    """Put what is missing at the end of each service's section; other units stay as they are."""
    notes = Notes()
    after = [_hardened(file, notes) if file.path.endswith(".service") else file for file in files]
    return kept(check, files, after, notes)


def _hardened(file: ArtifactFile, notes: Notes) -> ArtifactFile:
    content = file.content.replace("\r\n", "\n")
    read = unit(ArtifactFile(file.path, content))
    if read.broken or "Service" not in read.sections:
        notes.left(UNREADABLE, read.name)
        return file
    if why := _why_not(read):
        notes.left(f"{{names}}: keeps its rights, as {why}.", read.name)
        return file
    wanted = _missing(read, notes)
    new = _with(read, content, wanted) if wanted else content
    if new is None:
        notes.left(IN_THE_WAY, read.name)
        return file
    if wanted:
        sentence = f"{{names}}: {listed(list(wanted))} take away what an application does not use."
        notes.done(sentence, read.name)
    _unknown(read, wanted, notes)
    return ArtifactFile(file.path, like(file.content, new) if wanted else file.content)


def _why_not(read: Unit) -> str | None:
    if given := read.all(*_RIGHTS):
        return f"it is given some of its own ({given[0].name})"
    started = {word for each in read.all(*COMMANDS) for word in _WORD.findall(each.value)}
    if programs := sorted(started & _ADMINISTERS):
        return f"{programs[0]} works on the machine or as somebody else"
    return None


def _missing(read: Unit, notes: Notes) -> dict[str, str]:
    """The directives to put in, with their values."""
    there = {setting.name for setting in read.settings}
    if _is_dynamic(read):
        there |= _OF_DYNAMIC
    if "PrivateTmp" not in there and any(_TMP in each.value for each in read.settings):
        notes.left("{names}: shares /tmp, as it names a file there.", read.name)
        there.add("PrivateTmp")
    return {name: value for name, value in _DIRECTIVES.items() if name not in there}


def _is_dynamic(read: Unit) -> bool:
    return read.value("DynamicUser") in ("yes", "true", "on", "1")


def _with(read: Unit, content: str, wanted: dict[str, str]) -> str | None:
    """The text with these directives; None where it would not be read as before but for them."""
    lines = content.split("\n")
    end = _end_of_service(read, lines)
    added = [f"{name}={value}" for name, value in wanted.items()]
    text = "\n".join([*lines[:end], *added, *lines[end:]])
    new = unit(ArtifactFile(read.path, text))
    others = [each for each in new.settings if each.name not in wanted]
    is_as_before = [(each.section, each.name, each.value) for each in others] == [
        (each.section, each.name, each.value) for each in read.settings
    ]
    put = {each.name: each.value for each in new.settings if each.section == "Service"}
    return text if is_as_before and not new.broken and wanted.items() <= put.items() else None


def _end_of_service(read: Unit, lines: Sequence[str]) -> int:
    """How many lines there are up to the last setting of the section [Service]."""
    start = read.sections["Service"]
    starts = [each.line for each in read.settings] + list(read.sections.values())
    end = max((each.line for each in read.settings if each.section == "Service"), default=start)
    following = min((line for line in starts if line > end), default=len(lines) + 1) - 1
    while following > end and _is_aside(lines[following - 1]):
        following -= 1
    return following


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip()[:1] in ("#", ";", "[")


def _unknown(read: Unit, wanted: dict[str, str], notes: Notes) -> None:
    if not _is_dynamic(read) and read.value("User") in ("", "root", "0"):
        sentence = "{names}: runs as root, for whose files it reads and writes is not known: set "
        notes.left(f"{sentence}DynamicUser=yes, or User= to an account of its own.", read.name)
    if "ProtectSystem" in wanted:
        sentence = "{names}: what it writes is not known: with ProtectSystem=strict all is "
        notes.left(f"{sentence}read-only but what ReadWritePaths= names.", read.name)
    if not _is_dynamic(read) and not read.value("ProtectHome"):
        sentence = "{names}: sees the homes of all users: set ProtectHome=yes where its account "
        notes.left(f"{sentence}has none there.", read.name)
