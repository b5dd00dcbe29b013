"""What `install --as-scheduled` says that only this session has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.doctor.scheduled import Invocation, command_line, job_environment, references, session_only

FILE = r"""
sync_configurations:
- name: "A ${SITE}"
  description: '\${NOT_ONE} of them'
  enabled: true
  local_base_path: "${DATA:-/srv/data}"
  sync_strategy: {type: FullDirectory}
  destination_config: {bucket_name: "bucket-${SITE:-x}"}
"""


@pytest.fixture
def command(tmp_path: Path) -> Invocation:
    return Invocation(
        environ={},
        config_path=Path("/etc/mochok/sync-config.yaml"),
        explicit=True,
        program=Path("/usr/bin/mochok"),
        home=tmp_path,
        windows=False,
    )


def warnings(command: Invocation) -> list[str]:
    return [check.message for check in session_only(command, {}) if check.level == "warning"]


@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_S3", "MOCHOK_CONFIG", "https_proxy", "TZ"]
)
def test_what_only_this_session_has_is_named_with_advice(command: Invocation, name: str) -> None:
    command = replace(command, environ={name: "value", "EDITOR": "vi"})

    assert warnings(command) == [f"{name} is set in this session but not in a job"]
    assert all(check.hint for check in session_only(command, {}) if check.level == "warning")


def test_values_of_variables_are_never_printed(command: Invocation) -> None:
    command = replace(command, environ={"AWS_SECRET_ACCESS_KEY": "hush-hush"})

    assert "hush-hush" not in "".join(check.message + check.hint for check in session_only(command, {}))


def test_variables_that_the_configuration_uses_are_found_with_their_defaults(
    command: Invocation, tmp_path: Path
) -> None:
    (tmp_path / "sync-config.yaml").write_text(FILE, "utf-8")
    environ = {"SITE": "north", "DATA": "/data", "OTHER": "x"}
    settings = load(tmp_path / "sync-config.yaml", environ)
    assert settings.tree is not None

    used = references(settings.tree)

    assert used == {"SITE": False, "DATA": True}
    messages = [check.message for check in session_only(replace(command, environ=environ), used)]
    session = "which is set in this session but not in a job"
    assert f"the configuration uses ${{SITE}}, {session}" in messages
    assert f"the configuration uses ${{DATA}}, {session}; the default will be used" in messages
    assert job_environment(environ, used) == {"OTHER": "x"}


def test_a_configuration_found_in_the_current_folder_is_not_found_by_a_job(command: Invocation) -> None:
    (message,) = warnings(replace(command, explicit=False))

    assert "a job starts in another one" in message


def test_the_command_line_depends_on_neither_folder_nor_path(command: Invocation) -> None:
    assert command_line(command) == "/usr/bin/mochok sync --config /etc/mochok/sync-config.yaml"


def test_a_program_outside_of_the_usual_path_is_named_in_full(command: Invocation) -> None:
    command = replace(command, program=Path("/home/me/bin/mochok"))

    notes = [check.message for check in session_only(command, {}) if check.level == "note"]

    assert any("/home/me/bin/mochok is not in the usual PATH of a job" in note for note in notes)


def test_a_job_has_what_every_job_has() -> None:
    environ = {"PATH": "/bin", "HOME": "/root", "AWS_PROFILE": "x", "AWS_EC2_METADATA_DISABLED": "true"}

    assert job_environment(environ, {}) == {
        "PATH": "/bin", "HOME": "/root", "AWS_EC2_METADATA_DISABLED": "true"
    }  # fmt: skip
