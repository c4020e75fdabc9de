"""What Ansible knows by name: the keywords of playbooks, and the modules it brings itself."""

_EVERYWHERE = frozenset(
    {"any_errors_fatal", "become", "become_exe", "become_flags", "become_method", "become_user"}
    | {"check_mode", "collections", "connection", "debugger", "diff", "environment"}
    | {"ignore_errors", "ignore_unreachable", "module_defaults", "name"}
    | {"no_log", "port", "remote_user", "run_once", "tags", "throttle", "timeout", "vars"}
)
TASK_LISTS = ("pre_tasks", "tasks", "post_tasks")
BLOCK_LISTS = ("block", "rescue", "always")
PLAY_KEYWORDS = _EVERYWHERE | {
    *("fact_path", "force_handlers", "gather_facts", "gather_subset", "gather_timeout"),
    *(
        "handlers",
        "hosts",
        "max_fail_percentage",
        "order",
        "roles",
        "serial",
        "strategy",
        "validate_argspec",
    ),
    *("vars_files", "vars_prompt", *TASK_LISTS),
}
IMPORT_KEYWORDS = frozenset({"name", "vars", "when", "tags"})
_DELEGATED = frozenset({"delegate_facts", "delegate_to", "notify", "when"})
BLOCK_KEYWORDS = _EVERYWHERE | _DELEGATED | frozenset(BLOCK_LISTS)
LOOPS = frozenset(
    f"with_{lookup}"
    for lookup in (
        *("cartesian", "csvfile", "dict", "env", "file", "fileglob", "filetree", "first_found"),
        *("flattened", "indexed_items", "ini", "inventory_hostnames", "items", "lines", "list"),
        *("nested", "password", "pipe", "random_choice", "sequence", "subelements", "template"),
        *("together", "unvault", "url", "varnames", "vars"),
    )
)
ACTIONS = ("action", "local_action")
TASK_KEYWORDS = (
    _EVERYWHERE
    | _DELEGATED
    | {"args", "async", "changed_when", "delay", "failed_when", "listen", "loop", "loop_control"}
    | {"poll", "register", "retries", "until", *ACTIONS}
)
BUILTIN = frozenset(
    {"add_host", "apt", "apt_key", "apt_repository", "assemble", "assert", "async_status"}
    | {"blockinfile", "command", "copy", "cron", "deb822_repository", "debconf", "debug", "dnf"}
    | {"dnf5", "dpkg_selections", "expect", "fail", "fetch", "file", "find", "gather_facts"}
    | {"get_url", "getent", "git", "group", "group_by", "hostname", "import_playbook"}
    | {"import_role", "import_tasks", "include_role", "include_tasks", "include_vars", "iptables"}
    | {"known_hosts", "lineinfile", "meta", "mount_facts", "package", "package_facts", "pause"}
    | {"ping", "pip", "raw", "reboot", "replace", "rpm_key", "script", "service"}
    | {"service_facts", "set_fact", "set_stats", "setup", "shell", "slurp", "stat", "subversion"}
    | {"systemd", "systemd_service", "sysvinit", "tempfile", "template", "unarchive", "uri"}
    | {"user", "validate_argument_spec", "wait_for", "wait_for_connection", "yum"}
    | {"yum_repository"}
)
OWN_COLLECTIONS = ("ansible.builtin", "ansible.legacy")
