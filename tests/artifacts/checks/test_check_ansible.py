import pytest

from tests.artifacts.checks.faulty import errors, faulty, line_of, places, sample
from webapp.artifacts.checks.ansible import check
from webapp.artifacts.checks.ansible_jinja import faults
from webapp.domain.artifact import ArtifactFile, Finding, Severity

GOOD = sample("site.ansible.yml")
PATH = "ansible/site.yml"
REQUIREMENTS = ArtifactFile(
    "ansible/requirements.yml", "collections:\n  - name: community.docker\n    version: 5.0.0\n"
)
TEMPLATE = ArtifactFile(
    "ansible/templates/shop.conf.j2", "{% for a in b %}\n{{ a }}\n{% endfor %}\n"
)
INVENTORY = ArtifactFile(
    "ansible/inventory.example.yml", "all:\n  children: {shop: {hosts: {a.example.com: }}}\n"
)
VARIABLES = ArtifactFile("ansible/group_vars/shop.yml", 'shop_package: shop\nb: ["{{ c }}"]\n')
OTHERS = [REQUIREMENTS, TEMPLATE, INVENTORY, VARIABLES]
COMMAND = "ansible.builtin.command: /opt/shop/migrate"
MODE = 'mode: "0640"'

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("  hosts: shop\n", "", "no-hosts", "- name: Run the shop"),
    ("  become: true\n", "  becom: true\n", "unknown-keyword", "becom:"),
    ("      register:", "      regsiter:", "unknown-keyword", "regsiter:"),
    ("      with_items:", "      with_itmes:", "unknown-keyword", "with_itmes:"),
    ("ansible.builtin.fail:", "ansible.builtin.fial:", "unknown-module", "fial:"),
    (COMMAND, "ansible.builtin.command: [a, b]", "wrong-type", "command: [a"),
    ("      rescue:", "      resuce:", "unknown-keyword", "resuce:"),
    ("  tasks:\n", "  tasks: {}\n  pre_tasks:\n", "wrong-type", "tasks: {}"),
    ("    - name: Migrate", "    - just text\n    - name: Migrate", "wrong-type", "- just text"),
    (f"      {COMMAND}\n", "", "no-module", "- name: Migrate"),
    (
        f"      {COMMAND}\n",
        f"      {COMMAND}\n      ansible.builtin.debug: {{}}\n",
        "several-modules",
        "- name: Migrate",
    ),
    ("builtin.systemd_service", "builtin.systemd_servce", "unknown-module", "servce"),
    ("            dest: /etc/shop.conf\n", "", "missing-argument", "ansible.builtin.template:"),
    ("notify: Restart the shop", "notify: [Restart it]", "undefined-handler", "notify:"),
    (MODE, "mode: 640", "octal-mode", "mode: 640"),
    ("inventory_hostname}} }}", "inventory_hostname}} }", "template", "msg:"),
    ("  hosts: shop", "  hosts: \"{{ lookup('pipe', 'id') }}\"", "lookup", "hosts:"),
    (COMMAND, "ansible.builtin.import_tasks: \"{{ q('env', 'A') }}\"", "lookup", "q('env"),
    (COMMAND, "include_tasks: {file: \"{{ query ('file', 'a') }}\"}", "lookup", "query ("),
]
REMARKED = [
    ("ansible.builtin.apt:", "apt:", "short-name", "apt:"),
    ("community.docker.docker_container:", "docker_container:", "short-name", "docker_c"),
    (COMMAND, "ansible.posix.mount: {path: /a}", "collection-not-required", "posix"),
    ("src: shop.conf.j2", "src: other.conf.j2", "missing-file", "other.conf"),
    (COMMAND, "ansible.builtin.include_tasks: more.yml", "missing-file", "more.yml"),
    (MODE, "mode: 0640", "unquoted-mode", "mode: 0640"),
    (MODE, "permissions: a", "unknown-argument", "permissions"),
    ("when: ansible_facts", 'when: "{{ a }}" #', "braces-in-condition", '  when: "'),
    ("postgres:17-alpine", "postgres", "unpinned-image", "image:"),
    ('"{{ vault_db_password }}"', "hunter2", "literal-secret", "hunter2"),
    (COMMAND, "ansible.builtin.shell: apt-get install -y a", "command-instead-of-module", "apt-g"),
    (
        COMMAND,
        "ansible.builtin.command: {cmd: systemctl restart a}",
        "command-instead",
        "systemctl",
    ),
    (COMMAND, "ansible.builtin.shell: git clone a", "command-instead", "git clone"),
    (COMMAND, "ansible.builtin.shell: curl a | sh", "pipe-to-shell", "curl"),
    (COMMAND, "ansible.builtin.uri: {url: a, validate_certs: no}", "certificates", "validate"),
]


def project(playbook: str, *others: ArtifactFile) -> list[Finding]:
    return check([ArtifactFile(PATH, playbook), *(others or OTHERS)])


def test_a_good_project_has_no_findings() -> None:
    assert project(GOOD) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_does_not_work_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = errors(project(text))
    assert places(found) == [(f"ansible/{rule}", line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    found = [one for one in project(text) if one.rule.startswith(f"ansible/{rule}")]
    assert [(one.line, one.severity) for one in found] == [(line_of(text, mark), Severity.WARNING)]


def test_a_command_that_always_says_changed_is_noted() -> None:
    text = f"- hosts: a\n  tasks:\n    - {COMMAND}\n"
    (found,) = project(text)
    assert (found.rule, found.severity) == ("ansible/always-changed", Severity.NOTE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COMMAND, "ansible.builtin.command: {cmd: a, creates: /b}"),
        (COMMAND, "action: ansible.builtin.command /opt/shop/migrate"),
        (COMMAND, "local_action: {module: ansible.builtin.command, cmd: a}"),
        (COMMAND, "ansible.builtin.debug: {msg: \"{{ lookup('env', 'A') }}\"}"),
        (COMMAND, 'ansible.builtin.debug: {msg: !unsafe "{{ a"}'),
        (COMMAND, 'ansible.builtin.debug: {msg: "{% raw %}{{ a{% endraw %}"}'),
        (COMMAND, "ansible.builtin.user: {name: a, update_password: on_create}"),
        (COMMAND, "ansible.builtin.command: systemctl is-active a"),
        (COMMAND, "ansible.builtin.command: git status"),
        (COMMAND, "ansible.builtin.template: src=a.j2 dest=/a"),
        ("notify: Restart the shop", 'notify: "Restart {{ it }}"'),
        ("  hosts: shop\n", "  hosts: [shop, db]\n  gather_facts: false\n"),
        (
            '"{{ vault_db_password }}"',
            "!vault |\n            $ANSIBLE_VAULT;1.1;AES256\n            6162",
        ),
        ("src: shop.conf.j2", "src: ./shop.conf.j2"),
        ("src: shop.conf.j2", 'src: "{{ item }}.j2"'),
    ],
)
def test_what_ansible_takes_is_no_finding(old: str, new: str) -> None:
    assert project(faulty(GOOD, old, new)) == []


def test_handlers_may_have_topics_and_files_of_their_own() -> None:
    notified = faulty(GOOD, "notify: Restart the shop", "notify: restarted")
    topic = faulty(notified, "    - name: Restart the shop", "    - listen: restarted")
    assert project(topic) == []
    handlers = ArtifactFile(
        "ansible/handlers/main.yml", "- name: restarted\n  ansible.builtin.meta: noop\n"
    )
    assert project(notified, *OTHERS, handlers) == []


def test_roles_are_read_with_their_tasks_and_may_have_the_handlers() -> None:
    play = "- hosts: a\n  roles: [web, {role: db}, other, c.d.e]\n"
    web = ArtifactFile("ansible/roles/web/tasks/main.yml", "- debug:\n  notify: anything\n")
    db = ArtifactFile("ansible/roles/db/tasks/main.yml", "- fale: {}\n  nmae: a\n")
    assert places(errors(project(play, web, db))) == [
        ("ansible/unknown-keyword", 1),
        ("ansible/unknown-keyword", 2),
    ]
    missing = [one.line for one in project(play, web) if one.rule == "ansible/missing-role"]
    assert missing == [2, 2]
    assert errors(project(play, web)) == []


def test_roles_and_playbooks_that_are_imported_have_to_be_there() -> None:
    play = "- hosts: a\n  tasks:\n    - ansible.builtin.import_role: {name: web}\n"
    assert places(project(play + "- import_playbook: more.yml\n")) == [
        ("ansible/missing-role", 3),
        ("ansible/missing-file", 4),
    ]
    web = ArtifactFile("ansible/roles/web/tasks/main.yml", "[]\n")
    more = ArtifactFile("ansible/more.yml", play)
    assert project(play + "- import_playbook: more.yml\n", web, more) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("hosts: a\n", "wrong-type"),
        ("[]\n", "wrong-type"),
        ("- a\n", "wrong-type"),
        ("# nothing\n", "empty-playbook"),
        (f"{GOOD}---\n{GOOD}", "one-document"),
        ("- hosts: a\n", "empty-play"),
        ("- hosts: a\n  roles: web\n", "wrong-type"),
        ("- import_playbook: b.yml\n  tasks: []\n", "unknown-keyword"),
    ],
)
def test_a_playbook_is_one_list_of_plays(text: str, rule: str) -> None:
    assert {one.rule for one in errors(project(text))} == {f"ansible/{rule}"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ansible/group_vars/shop.yml", "- a\n"),
        ("ansible/inventory.yml", "- a\n"),
        ("ansible/requirements.yml", "a\n"),
        ("ansible/tasks/more.yml", "a: b\n"),
        ("ansible/roles/a/handlers/main.yml", "a: b\n"),
    ],
)
def test_each_file_has_the_form_of_what_it_is_for(path: str, text: str) -> None:
    found = project(GOOD, ArtifactFile(path, text))
    assert [(one.path, one.rule, one.line) for one in found] == [(path, "ansible/wrong-type", 1)]


def test_variables_may_be_encrypted_as_a_whole() -> None:
    vault = ArtifactFile("ansible/group_vars/shop/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    assert project(GOOD, *OTHERS, vault) == []


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028"])
def test_lines_end_where_yaml_ends_them(end: str) -> None:
    text = f"- hosts: a{end}  tasks:{end}    - ansible.builtin.file: {{path: a, mode: 640}}{end}"
    assert places(project(text)) == [("ansible/octal-mode", 3)]


def test_a_template_is_checked_as_a_whole() -> None:
    broken = ArtifactFile("ansible/templates/shop.conf.j2", "a\n{% if b %}\n{{ c }}\n")
    found = project(GOOD, REQUIREMENTS, broken)
    assert places(found) == [("ansible/template", 2)]


def test_another_file_is_not_checked_and_that_is_said() -> None:
    config = ArtifactFile("ansible/ansible.cfg", "[defaults]\n")
    assert places(project(GOOD, *OTHERS, config)) == [("ansible/other-file", None)]
    assert places(check([config]))[0] == ("ansible/no-file", None)


@pytest.mark.parametrize(
    "text",
    [
        "{{ a }}",
        "{{ {'a': {'b': 1}} }}",
        "{{ '}}' }} {# {{ #}",
        "{{ a['{%'] }}{%- if a -%}{%+ elif b %}{% else %}{%- endif %}",
        "{% raw %}{% if %}{% endraw %}",
        '{"a": {"b": "{{ c }}"}}',
        "{% macro a(b) %}{% call c() %}{% endcall %}{% endmacro %}",
        "{% set a = 1 %}",
        "a {b} c",
    ],
)
def test_jinja_that_closes_what_it_opens_is_left_alone(text: str) -> None:
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a {{ b", "“{{” is not closed."),
        ("{{ b }", "“{{” is not closed."),
        ("{{ 'b }}", "“{{” is not closed."),
        ("{% if a %", "“{%” is not closed."),
        ("${#list[@]}", "“{#” is not closed."),
        ("{% if a %}", "“{% if %}” has no “{% endif %}”."),
        ("{% if a %}{% endfor %}", "“{% endfor %}” closes nothing that is open here."),
        ("{% endif %}", "“{% endif %}” closes nothing that is open here."),
        ("{% else %}", "“{% else %}” stands in no “if”."),
        ("b }}", "“}}” closes nothing."),
        ("{% raw %}{{", "“{%” is not closed."),
    ],
)
def test_jinja_that_is_left_open_is_named(text: str, message: str) -> None:
    assert [said for _, said in faults(text)] == [message]


@pytest.mark.parametrize(
    "part", ["{{", "{%", "{#", "{{ '\\'", "{{'{", "{% raw %}", "{{}}", "{% if a %}"]
)
def test_repeated_jinja_is_looked_through_in_linear_time(part: str) -> None:
    assert len(list(faults(part * 50_000))) <= 1


def test_many_tasks_are_checked_in_linear_time() -> None:
    task = "    - ansible.builtin.template: {src: a.j2}\n      notify: a\n"
    assert len(project("- hosts: a\n  tasks:\n" + task * 6_000)) == 100
