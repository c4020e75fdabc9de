"""A service of systemd: the application on a machine of its own, without a container."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.backing import BACKING, known, unknown_variables
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    App,
    Language,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.catalogue.workload import variables
from webapp.artifacts.checks.systemd import check
from webapp.artifacts.languages.recipe import StartCommand
from webapp.artifacts.start_command import start_command
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file for each unit under systemd/, named after the application: systemd/NAME.service; a \
.timer with the same name for what runs now and then, a .socket only for a program that takes its \
socket from systemd.
- [Unit]: Description; After=network-online.target together with Wants=network-online.target \
where it needs the network at its start; the services of the same machine it needs, with their \
ending, by After= and Wants=. StartLimitIntervalSec and StartLimitBurst belong here.
- [Service]: Type=exec; notify only for a program that says when it is ready, forking never for \
a new one, oneshot for what ends. Restart=on-failure with RestartSec; TimeoutStopSec longer than \
the longest request.
- ExecStart is the whole path of a program and its arguments. No shell reads it: no &&, pipes, \
redirections, $(…), no NAME=value in front and no ${NAME:-default}. % is written %%. What has to \
run before, such as migrations, stands in ExecStartPre or in a oneshot of its own.
- WorkingDirectory=/opt/NAME; what it writes lies in StateDirectory, CacheDirectory, \
LogsDirectory or RuntimeDirectory. Output goes to the journal.
- It never runs as root: DynamicUser=yes, or a User= of its own that the notes say how to make. \
NoNewPrivileges, ProtectSystem=strict, ProtectHome, PrivateTmp, PrivateDevices, ProtectKernel…, \
ProtectControlGroups, RestrictAddressFamilies, RestrictNamespaces, LockPersonality, \
RestrictSUIDSGID, SystemCallFilter=@system-service, CapabilityBoundingSet= empty; \
CAP_NET_BIND_SERVICE alone, also as AmbientCapabilities, for a port below 1024. No \
MemoryDenyWriteExecute for what compiles while it runs (Java, Node.js, .NET).
- Settings by Environment=; passwords, tokens and keys by EnvironmentFile=/etc/NAME/env (mode \
0600, made outside) or LoadCredential=, never in the unit.
- MemoryMax (written 512M) and TasksMax where a size is known.
- [Install]: WantedBy=multi-user.target; of a timer timers.target.
- Durations are written 30s, 5min; comments stand on lines of their own.
- In the notes: where the files of the application lie, the names in the file of variables, and \
the commands that install and start the unit."""

_HARDENING = """\
DynamicUser=yes
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service"""
_LOW_PORTS = 1024  # below, a right of its own is needed
# Where the packages of distributions and the installers of languages put programs.
_PROGRAMS = {
    "bundle": "/usr/bin/bundle",
    "dotnet": "/usr/bin/dotnet",
    "frankenphp": "/usr/local/bin/frankenphp",
    "java": "/usr/bin/java",
    "nginx": "/usr/sbin/nginx",
    "node": "/usr/bin/node",
    "npm": "/usr/bin/npm",
    "php": "/usr/bin/php",
    "ruby": "/usr/bin/ruby",
}
_OWN_PROGRAMS = {Language.PYTHON: ".venv/bin", Language.NODE: "node_modules/.bin"}
_IN_IMAGE = "/app/"  # where start commands look for what the build made


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    start = start_command(app)
    lines = (*_unit(app), "", *_service(app, start), "", "[Install]", "WantedBy=multi-user.target")
    content = "\n".join((COMMENT, *lines, ""))
    return Template((ArtifactFile(f"systemd/{app.name}.service", content),), _unknown(app, start))


def _unit(app: App) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={app.name}"
    yield "After=network-online.target"
    yield "Wants=network-online.target"
    yield "StartLimitIntervalSec=5min"
    yield "StartLimitBurst=10"


def _service(app: App, start: StartCommand) -> Iterator[str]:
    yield "[Service]"
    yield "Type=exec"
    yield f"WorkingDirectory={_folder(app)}"
    yield f"StateDirectory={app.name}"
    yield from _environment(app)
    yield f"ExecStart={' '.join(_quoted(word) for word in _words(app, start))}"
    yield "Restart=on-failure"
    yield "RestartSec=5s"
    yield "TimeoutStopSec=30s"
    yield ""
    yield "# Only what it needs"
    yield _HARDENING
    yield from _capabilities(app)


def _environment(app: App) -> Iterator[str]:
    folder = _own_programs(app)
    if folder:
        yield f"Environment=PATH={folder}:/usr/local/bin:/usr/bin:/bin"
    yield from (f"Environment={name}={port}" for name, port in app.given_port.items())
    if names := variables(app):
        yield f"# It holds {listed(names)}; nobody but root reads it."
        yield f"EnvironmentFile=/etc/{app.name}/env"


def _capabilities(app: App) -> Iterator[str]:
    if app.listens and app.listens < _LOW_PORTS:
        yield "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"
        yield "AmbientCapabilities=CAP_NET_BIND_SERVICE"
    else:
        yield "CapabilityBoundingSet="


def _folder(app: App) -> str:
    return f"/opt/{app.name}"


def _own_programs(app: App) -> str | None:
    """The folder of the programs that were installed for this application alone."""
    own = _OWN_PROGRAMS.get(app.runtime)
    return f"{_folder(app)}/{own}" if own else None


def _words(app: App, start: StartCommand) -> Sequence[str]:
    """The command with whole paths of this machine instead of those of an image."""
    program, *arguments = (
        word.replace(_IN_IMAGE, f"{_folder(app)}/", 2) if word.startswith(_IN_IMAGE) else word
        for word in start.words
    )
    if "/" not in program:
        own = _own_programs(app)
        program = _PROGRAMS.get(program) or f"{own or '/usr/bin'}/{program}"
    elif not program.startswith("/"):
        program = f"{_folder(app)}/{program.removeprefix('./')}"
    return (program, *arguments)


def _quoted(word: str) -> str:
    """A word that systemd takes as it is: no variable, no specifier, no end of a command."""
    plain = word.replace("%", "%%").replace("$", "$$")
    if plain and not any(char in " \t'\"\\;" for char in plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unknown(app: App, start: StartCommand) -> tuple[str, ...]:
    names, program = variables(app), _words(app, start)[0]
    outside = [BACKING[name].title if name in BACKING else name for name in app.services]
    return present(
        unknown_name(app),
        f"Where it is installed is not known: {_folder(app)} is assumed, started by {program}.",
        f"How the application starts is not known: “{' '.join(start.words)}” is assumed."
        if start.is_guess
        else None,
        f"{start.assumed} starts the application: it has to be among the dependencies."
        if start.assumed
        else None,
        f"Set {listed(names)} in /etc/{app.name}/env, a file of mode 0600." if names else None,
        f"{listed(outside)} must run elsewhere, or be named under After= and Wants=."
        if outside
        else None,
        unknown_variables(app.env, known(app.services)),
        unknown_port(app),
        "nginx serves the files: its configuration is not part of the unit."
        if app.runtime is Language.STATIC
        else None,
        f"What it writes is not known: all but /tmp and /var/lib/{app.name} is read-only.",
        "How much memory it needs is not known: there is no MemoryMax=.",
    )


KIND = Kind(
    name="systemd",
    title="systemd service",
    expected=("systemd/*.service",),
    max_tokens=6_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.SYSTEM,
        FileGroup.MANIFEST,
        FileGroup.CONTAINER,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.README,
    ),
)
