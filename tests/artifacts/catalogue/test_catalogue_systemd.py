import re

import pytest

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of


def settings_of(text: str) -> dict[str, str]:
    """The settings of a unit by name, the last of each."""
    return dict(re.findall(r"^([A-Za-z]+)=(.*)$", text, re.M))


@pytest.mark.parametrize(
    ("project", "command"),
    [
        ("express-api", "/usr/bin/node server.js"),
        ("go-api", "/opt/linkdesk/linkdesk"),
        ("next-site", "/opt/studio-next-site/node_modules/.bin/next start --port 3000"),
        ("rails-notes", "/usr/bin/bundle exec puma -C config/puma.rb"),
        ("flask-shop", '/bin/sh -c "exec gunicorn --bind 0.0.0.0:$$PORT --workers 2 wsgi:app"'),
    ],
)
def test_the_start_command_is_found_on_the_machine(project: str, command: str) -> None:
    assert settings_of(text_of("systemd", sample(project)))["ExecStart"] == command


def test_variables_come_from_a_file_that_the_user_is_told_to_make() -> None:
    artifact = build("systemd", sample("express-api"))
    assert settings_of(artifact.files[0].content)["EnvironmentFile"] == "/etc/express-api/env"
    said = " ".join(left_open(artifact))
    assert "Set LOG_LEVEL, REDIS_URL in /etc/express-api/env, a file of mode 0600." in said
    assert "Redis must run elsewhere" in said


def test_a_low_port_needs_one_right_and_no_other() -> None:
    low = settings_of(text_of("systemd", facts(language="node", port="80")))
    assert low["CapabilityBoundingSet"] == low["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    high = settings_of(text_of("systemd", facts(language="node", port="8080")))
    assert high["CapabilityBoundingSet"] == ""
    assert "AmbientCapabilities" not in high


def test_nothing_in_a_command_is_expanded() -> None:
    start = "node 100%.js"
    command = settings_of(text_of("systemd", facts(language="node", start=start)))["ExecStart"]
    assert command == "/usr/bin/node 100%%.js"
