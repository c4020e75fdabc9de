"""Pairs for the rules of Ansible's playbooks."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.ansible import check

PATH = "ansible/site.yml"
GOOD = sample("site.ansible.yml")
OTHERS = {
    "ansible/requirements.yml": "collections:\n  - name: community.docker\n    version: 5.0.0\n",
    "ansible/templates/shop.conf.j2": "{% for a in b %}\n{{ a }}\n{% endfor %}\n",
}
COMMAND = "ansible.builtin.command: /opt/shop/migrate"
SHELL = "ansible.builtin.shell:"
MODE = 'mode: "0640"'
HOSTS = "  hosts: shop\n"
NOTIFY = "notify: Restart the shop"
PLAY = f"- hosts: a\n  tasks:\n    - {COMMAND}\n"
ROLE = {"ansible/roles/web/tasks/main.yml": "[]\n"}
swap = swaps(PATH, GOOD, OTHERS)

CHECK = check
PAIRS = {
    "ansible/no-file": Pair({"ansible/ansible.cfg": "a"}, {PATH: GOOD, **OTHERS}),
    "ansible/other-file": Pair({PATH: GOOD, "ansible/ansible.cfg": "a"}, {PATH: GOOD, **OTHERS}),
    "ansible/empty-playbook": texts(PATH, "# nothing\n", f"# nothing\n{PLAY}"),
    "ansible/one-document": texts(PATH, f"{GOOD}---\n{GOOD}", f"---\n{GOOD}", OTHERS),
    "ansible/wrong-type": swap(
        "  tasks:\n", "  tasks: {}\n  pre_tasks:\n", "  tasks: []\n  pre_tasks:\n"
    ),
    "ansible/unknown-keyword": swap("  become: true", "  becom: true", "  become_user: root"),
    "ansible/no-hosts": swap(HOSTS, "", "  hosts: [shop]\n"),
    "ansible/empty-play": texts(PATH, "- hosts: a\n", PLAY),
    "ansible/no-module": swap(f"      {COMMAND}\n", "", "      ansible.builtin.meta: noop\n"),
    "ansible/several-modules": swap(
        COMMAND,
        f"{COMMAND}\n      ansible.builtin.debug: {{}}",
        f"{COMMAND}\n      environment: {{}}",
    ),
    "ansible/unknown-module": swap(
        "builtin.systemd_service", "builtin.systemd_servce", "builtin.service"
    ),
    "ansible/unknown-argument": swap(MODE, "permissions: a", "backup: true"),
    "ansible/missing-argument": swap(
        "            dest: /etc/shop.conf\n", "", "            dest: /etc/a\n"
    ),
    "ansible/undefined-handler": swap(NOTIFY, "notify: [Restart it]", "notify: '{{ restart_it }}'"),
    "ansible/missing-file": swap("src: shop.conf.j2", "src: other.conf.j2", "src: ./shop.conf.j2"),
    "ansible/missing-role": texts(
        PATH, "- hosts: a\n  roles: [db]\n", "- hosts: a\n  roles: [web]\n", ROLE
    ),
    "ansible/collection-not-required": swap(
        COMMAND, "ansible.posix.mount: {path: /a}", "community.docker.docker_prune: {}"
    ),
    "ansible/short-name": swap("ansible.builtin.apt:", "apt:", "ansible.legacy.apt:"),
    "ansible/template": swap(
        "inventory_hostname}} }}", "inventory_hostname}} }", "inventory_hostname} } }}"
    ),
    "ansible/lookup": swap(
        HOSTS, "  hosts: \"{{ lookup('pipe', 'id') }}\"\n", '  hosts: "{{ looked_up }}"\n'
    ),
    "ansible/octal-mode": swap(MODE, "mode: 640", "mode: '640'"),
    "ansible/unquoted-mode": swap(MODE, "mode: 0640", "mode: u=rw,g=r"),
    "ansible/braces-in-condition": swap(
        "when: ansible_facts", 'when: "{{ a }}" #', "when: ansible_facts"
    ),
    "ansible/literal-secret": swap(
        '"{{ vault_db_password }}"', "hunter2", "!vault |\n            $ANSIBLE_VAULT;1.1;AES256"
    ),
    "ansible/unpinned-image": swap("postgres:17-alpine", "postgres", '"postgres:{{ version }}"'),
    "ansible/command-instead-of-module": swap(
        COMMAND, f"{SHELL} git clone a", f"{SHELL} git status"
    ),
    "ansible/pipe-to-shell": swap(COMMAND, f"{SHELL} curl a | sh", f"{SHELL} curl a | jq ."),
    "ansible/certificates": swap(
        COMMAND,
        "ansible.builtin.uri: {url: a, validate_certs: no}",
        "ansible.builtin.uri: {url: a, validate_certs: yes}",
    ),
    "ansible/always-changed": texts(PATH, PLAY, f"{PLAY}      changed_when: false\n"),
}
