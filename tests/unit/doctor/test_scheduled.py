"""What `install --as-scheduled` says a job would lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.doctor.scheduled import Surroundings, command_line, lacking, references, without

FILE = r"""
sync_configurations:
- name: "A ${SITE}"
  description: "\${NOT_ONE} of them"
  enabled: true
  local_base_path: "${DATA:-/srv/data}"
  sync_strategy: {type: FullDirectory}
  destination_config: {bucket_name: "bucket-${SITE:-x}"}
""".replace(r'"\${NOT_ONE} of them"', r"'\${NOT_ONE} of them'")


def surroundings(tmp_path: Path, environ: dict[str, str], *, explicit: bool = True) -> Surroundings:
    return Surroundings(
        environ=environ,
        config_path=Path("/etc/mochok/sync-config.yaml"),
        explicit=explicit,
        program=Path("/usr/bin/mochok"),
        home=tmp_path,
        windows=False,
    )


def told(around: Surroundings) -> list[str]:
    return [check.message for check in lacking(around, None) if check.level == "warning"]


@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_S3", "MOCHOK_CONFIG", "https_proxy", "TZ"]
)
def test_what_only_this_session_has_is_named_with_advice(tmp_path: Path, name: str) -> None:
    around = surroundings(tmp_path, {name: "value", "EDITOR": "vi"})

    assert told(around) == [f"{name} is set in this session; a job lacks it"]
    assert all(check.hint for check in lacking(around, None) if check.level == "warning")


def test_values_of_variables_are_never_told(tmp_path: Path) -> None:
    around = surroundings(tmp_path, {"AWS_SECRET_ACCESS_KEY": "hush-hush"})

    assert "hush-hush" not in "".join(check.message + check.hint for check in lacking(around, None))


def test_variables_that_the_configuration_uses_are_found_with_their_defaults(tmp_path: Path) -> None:
    (tmp_path / "sync-config.yaml").write_text(FILE, "utf-8")
    environ = {"SITE": "north", "DATA": "/data", "OTHER": "x"}
    settings = load(tmp_path / "sync-config.yaml", environ)
    assert settings.tree is not None

    assert references(settings.tree) == {"SITE": False, "DATA": True}
    messages = [check.message for check in lacking(surroundings(tmp_path, environ), settings.tree)]
    assert "the configuration uses ${SITE}, which is set in this session; a job lacks it" in messages
    assert (
        "the configuration uses ${DATA}, which is set in this session; a job lacks it and takes the default"
        in messages
    )
    assert without(environ, references(settings.tree)) == {"OTHER": "x"}


def test_a_configuration_found_in_the_current_folder_is_not_found_by_a_job(tmp_path: Path) -> None:
    (message,) = told(surroundings(tmp_path, {}, explicit=False))

    assert "a job starts in another folder" in message


def test_the_command_line_depends_on_neither_folder_nor_path(tmp_path: Path) -> None:
    around = surroundings(tmp_path, {})

    assert command_line(around) == "/usr/bin/mochok sync --config /etc/mochok/sync-config.yaml"


def test_a_program_in_an_unusual_place_is_named_in_full(tmp_path: Path) -> None:
    around = surroundings(tmp_path, {})
    odd = Surroundings(around.environ, around.config_path, True, Path("/home/me/bin/mochok"), tmp_path, False)

    notes = [check.message for check in lacking(odd, None) if check.level == "note"]

    assert any("/home/me/bin/mochok is not in a job's usual PATH" in note for note in notes)


def test_without_keeps_what_every_job_has() -> None:
    environ = {"PATH": "/bin", "HOME": "/root", "AWS_PROFILE": "x", "AWS_EC2_METADATA_DISABLED": "true"}

    assert without(environ, {}) == {"PATH": "/bin", "HOME": "/root", "AWS_EC2_METADATA_DISABLED": "true"}
