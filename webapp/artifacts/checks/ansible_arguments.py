"""The arguments of the modules that playbooks use most, as ansible-core 2.19 has them."""

from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.ansible_project import Project, Task
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "ansible/unknown-argument": Severity.WARNING,  # a later version may have it
    "ansible/missing-argument": Severity.ERROR,
}
_FILE = "attr attributes group mode owner selevel serole setype seuser unsafe_writes"
_HTTP = (
    "ciphers client_cert client_key decompress force force_basic_auth headers http_agent timeout "
    "unredirected_headers url url_password url_username use_gssapi use_netrc use_proxy "
    "validate_certs password"
)
_LINES = "backup validate create dest destfile insertafter insertbefore name path state"
_COMMAND = (
    "argv chdir cmd creates expand_argument_vars executable removes stdin stdin_add_newline "
    "strip_empty_ends"
)
_SYSTEMD = (
    "daemon-reexec daemon-reload daemon_reexec daemon_reload enabled force masked name no_block "
    "scope service state unit"
)
_ARGUMENTS = {
    module: frozenset(words.split())
    for module, words in {
        "apt": "allow-downgrade allow-downgrades allow-unauthenticated allow_change_held_packages "
        "allow_downgrade allow_downgrades allow_unauthenticated auto_install_module_deps autoclean "
        "autoremove cache_valid_time clean deb default-release default_release dpkg_options "
        "fail_on_autoremove force force_apt_get install-recommends install_recommends lock_timeout "
        "name only_upgrade package pkg policy_rc_d purge state update-cache update_cache "
        "update_cache_retries update_cache_retry_max_delay upgrade",
        "blockinfile": f"{_FILE} {_LINES} append_newline block content marker marker_begin "
        "marker_end prepend_newline",
        "command": _COMMAND,
        "copy": f"{_FILE} backup validate checksum content decrypt dest directory_mode follow "
        "force local_follow remote_src src",
        "debug": "msg var verbosity",
        "file": f"{_FILE} access_time access_time_format dest follow force modification_time "
        "modification_time_format name path recurse src state",
        "get_url": f"{_FILE} {_HTTP} backup checksum dest tmp_dest username",
        "group": "force gid gid_max gid_min local name non_unique state system",
        "lineinfile": f"{_FILE} {_LINES} backrefs firstmatch line regex regexp search_string value",
        "shell": _COMMAND,
        "systemd": _SYSTEMD,
        "systemd_service": _SYSTEMD,
        "template": f"{_FILE} backup validate block_end_string block_start_string "
        "comment_end_string comment_start_string dest follow force lstrip_blocks newline_sequence "
        "output_encoding src trim_blocks variable_end_string variable_start_string",
        "unarchive": f"{_FILE} copy creates decrypt dest exclude extra_opts include io_buffer_size "
        "keep_newer list_files remote_src src validate_certs",
        "uri": f"{_FILE} {_HTTP} body body_format ca_path creates dest follow_redirects method "
        "remote_src removes return_content src status_code unix_socket user",
        "wait_for": "active_connection_states connect_timeout delay exclude_hosts host msg path "
        "port search_regex sleep state timeout",
    }.items()
}
# Each is given by one of its names.
_REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "blockinfile": (("path", "dest", "destfile", "name"),),
    "copy": (("dest",), ("src", "content")),
    "file": (("path", "dest", "name"),),
    "get_url": (("url",), ("dest",)),
    "group": (("name",),),
    "lineinfile": (("path", "dest", "destfile", "name"),),
    "template": (("src",), ("dest",)),
    "unarchive": (("src",), ("dest",)),
    "uri": (("url",),),
    "user": (("name", "user"),),
}


def arguments(project: Project) -> Iterator[Finding]:
    """Arguments that a module does not know, and those it cannot do without."""
    for task in project.tasks:
        if isinstance(task.config.get(task.key), YamlMap) and task.key.endswith(task.module):
            yield from _unknown(task)
            yield from _missing(task)


def _unknown(task: Task) -> Iterator[Finding]:
    known = _ARGUMENTS.get(task.module, task.arguments.keys())
    for name in task.arguments:
        if name not in known:
            message = (
                f"“{findings.shortened(name)}” is no argument of {task.module} in "
                "ansible-core 2.19."
            )
            line = task.arguments.lines[name]
            yield findings.make(SEVERITY, "ansible/unknown-argument", task.path, line, message)


def _missing(task: Task) -> Iterator[Finding]:
    more = task.config.get("args")
    given = task.arguments.keys() | (more.keys() if isinstance(more, YamlMap) else set())
    for names in _REQUIRED.get(task.module, ()):
        if not given.intersection(names):
            message = f"{task.module} needs the argument {' or '.join(names)}."
            line = task.line_of(task.key)
            yield findings.make(SEVERITY, "ansible/missing-argument", task.path, line, message)
