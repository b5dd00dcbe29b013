"""What a good configuration file becomes."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from mochok.config.load import find_config, load, user_config_path
from mochok.config.schema import Configuration, Settings
from mochok.errors import ConfigurationError, UsageError

ENTRY = """\
- name: "{name}"
  description: "Yesterday's folder"
  enabled: true
  local_base_path: "{path}"
  sync_strategy:
    type: "DateFolder"
  destination_config:
    bucket_name: "company-documents"
"""


def entry(name: str = "Daily", path: str = "data", extra: str = "") -> str:
    return ENTRY.format(name=name, path=path) + extra


def write(folder: Path, text: str, name: str = "sync-config.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def settings_of(folder: Path, text: str, **environment: str) -> Settings:
    return load(write(folder, text), environment)


def only(folder: Path, extra: str = "", path: str = "data", **environment: str) -> Configuration:
    text = "sync_configurations:\n" + entry(path=path, extra=extra)
    return settings_of(folder, text, **environment).configurations[0]


def messages(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, text), environment)
    return [each.message for each in caught.value.diagnostics]


def test_a_short_file_gets_the_documented_defaults(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "sync_configurations:\n" + entry())
    configuration = settings.configurations[0]
    assert settings.global_settings.log_retention_months == 12
    assert settings.global_settings.zone is None
    assert configuration.compare == "ledger"
    assert configuration.delete_guard.max_percent == 50
    assert configuration.expected.weekdays == frozenset(range(7))
    assert configuration.destination_config.checksum == "crc64nvme"
    assert configuration.options.texts == ()
    assert settings.notices == ()


def test_relative_paths_start_at_the_files_own_folder(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "sync_configurations:\n" + entry(path="../data"))
    assert settings.configurations[0].local_base_path == str(tmp_path.parent / "data")
    assert settings.global_settings.state_file == tmp_path / "state.json"
    assert settings.global_settings.ledger_file == tmp_path / "mochok.db"
    assert settings.path == tmp_path / "sync-config.yaml"


@pytest.mark.parametrize("path", ["C:\\\\Data\\\\In", "\\\\\\\\server\\\\share", "D:/Data"])
def test_a_windows_path_stays_as_written_on_every_platform(tmp_path: Path, path: str) -> None:
    assert only(tmp_path, path=path).local_base_path == path.replace("\\\\", "\\")


def test_every_key_of_the_manual_is_understood(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "global:\n  timezone: America/Santiago\n  bandwidth_limit: 20 MB/s\n  day_placeholder: folder\n"
        "  parallel_configurations: 3\n  log_directory: /var/log/mochok\n"
        "sync_configurations:\n"
        + entry(
            extra="    expected_bucket_owner: '012345678901'\n"
            "    endpoint_url: http://127.0.0.1:8333/\n    addressing_style: path\n"
            "    role_arn: arn:aws:iam::123456789012:role/Backup\n    create_bucket: false\n"
            "    checksum: none\n"
            "  sync_options: [--delete, '--exclude=*.tmp', --storage-class STANDARD_IA]\n"
            "  compare: size-and-time\n  reconcile_every_days: 7\n  missing_source: fail\n"
            "  delete_guard: {max_percent: 10, max_objects: 5}\n  symlinks: inside\n"
            "  expected_days: [mon, thu]\n  catch_up_days: 3\n  bandwidth_limit: 512 KiB/s\n"
        ),
    )
    configuration = settings.configurations[0]
    assert settings.global_settings.zone == ZoneInfo("America/Santiago")
    assert settings.global_settings.bandwidth_limit_bytes_per_second == 20_000_000
    assert str(settings.global_settings.log_directory) == "/var/log/mochok"
    assert configuration.bandwidth_limit_bytes_per_second == 512 * 1024
    assert configuration.expected.weekdays == {0, 3}
    assert configuration.destination_config.endpoint_url == "http://127.0.0.1:8333"
    assert configuration.destination_config.expected_bucket_owner == "012345678901"
    assert configuration.options.delete
    assert [rule.option for rule in configuration.options.filters] == ["--exclude=*.tmp"]


@pytest.mark.parametrize(
    ("text", "bytes_per_second"),
    [("1 kB/s", 0), ("2 kB/s", 2000), ("2KiB/s", 2048), ("1.5 MB/s", 1_500_000), ("1 GiB/s", 1024**3)],
)
def test_a_bandwidth_is_a_number_of_bytes(tmp_path: Path, text: str, bytes_per_second: int) -> None:
    extra = f"  bandwidth_limit: {text}\n"
    if not bytes_per_second:
        assert messages(tmp_path, "sync_configurations:\n" + entry(extra=extra)) == [
            "'1 kB/s' is less than 1 KiB/s"
        ]
    else:
        assert only(tmp_path, extra).bandwidth_limit_bytes_per_second == bytes_per_second


def test_weekdays_may_be_words_or_a_list(tmp_path: Path) -> None:
    assert only(tmp_path, "  expected_days: weekdays\n").expected.weekdays == {0, 1, 2, 3, 4}
    assert only(tmp_path, "  expected_days: [Sat, sun]\n").expected.weekdays == {5, 6}
    assert only(tmp_path, "  expected_days: fri\n").expected.weekdays == {4}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    ],
    ids=["byte order mark", "windows line ends", "both"],
)
def test_what_windows_editors_write_is_read(tmp_path: Path, encode: object) -> None:
    path = tmp_path / "sync-config.yaml"
    assert callable(encode)
    path.write_bytes(encode("sync_configurations:\n" + entry(name="Año de datos")))
    assert load(path, {}).configurations[0].name == "Año de datos"


def test_positions_are_right_with_windows_line_ends(tmp_path: Path) -> None:
    text = "sync_configurations:\n" + entry().replace("enabled: true", "enabled: no")
    path = tmp_path / "sync-config.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    assert [(each.line, each.column) for each in caught.value.diagnostics] == [(4, 12)]


def test_no_and_dates_stay_text_as_yaml_1_2_says(tmp_path: Path) -> None:
    text = "sync_configurations:\n" + entry(name="NO")
    text = text.replace('"NO"', "NO").replace('"Yesterday\'s folder"', "2024-01-15")
    configuration = settings_of(tmp_path, text).configurations[0]
    assert (configuration.name, configuration.description) == ("NO", "2024-01-15")


def test_a_key_without_a_value_counts_as_not_given(tmp_path: Path) -> None:
    text = "global:\nsync_configurations:\n" + entry(extra="    aws_profile:\n  sync_options:\n")
    configuration = settings_of(tmp_path, text).configurations[0]
    assert configuration.destination_config.aws_profile is None
    assert configuration.options.texts == ()


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    configuration = only(tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        configuration.enabled = False  # type: ignore[misc]


def test_variables_are_replaced_from_the_environment(tmp_path: Path) -> None:
    configuration = only(
        tmp_path,
        "    s3_path_structure: '${SITE}/${TEAM:-office}/${EMPTY:-none}/{year}'\n",
        path="${DATA}/in",
        DATA="/srv",
        SITE="north",
        EMPTY="",
    )
    assert configuration.local_base_path == "/srv/in"
    assert configuration.destination_config.s3_path_structure == "north/office/none/{year}"


def test_an_escaped_variable_stays_as_it_is(tmp_path: Path) -> None:
    text = "sync_configurations:\n" + entry().replace('"Yesterday\'s folder"', r"'costs \${PRICE}'")
    assert settings_of(tmp_path, text, PRICE="5").configurations[0].description == "costs ${PRICE}"


def test_the_value_of_a_variable_is_not_searched_for_variables(tmp_path: Path) -> None:
    configuration = only(tmp_path, path="/srv/${DATA}", DATA="${OTHER}", OTHER="x")
    assert configuration.local_base_path == "/srv/${OTHER}"


def test_anchors_and_merges_share_sections(tmp_path: Path) -> None:
    text = (
        "sync_configurations:\n"
        + entry(name="A").replace("  destination_config:\n", "  destination_config: &where\n")
        + entry(name="B").replace(
            '    bucket_name: "company-documents"\n', "    <<: *where\n    aws_region: eu-west-1\n"
        )
    )
    second = settings_of(tmp_path, text).configurations[1].destination_config
    assert (second.bucket_name, second.aws_region) == ("company-documents", "eu-west-1")


def test_defaults_are_merged_into_every_configuration_and_the_nearer_value_wins(tmp_path: Path) -> None:
    text = (
        "defaults:\n  compare: checksum\n  sync_options: [--delete]\n"
        "  destination_config: {aws_profile: office, aws_region: eu-west-1}\n"
        "sync_configurations:\n"
        + entry(name="A")
        + entry(name="B", extra="    aws_profile: lab\n  compare: ledger\n  sync_options: []\n")
    )
    first, second = settings_of(tmp_path, text).configurations
    assert (first.compare, second.compare) == ("checksum", "ledger")
    assert (first.options.delete, second.options.delete) == (True, False)
    assert first.destination_config.aws_profile == "office"
    assert (second.destination_config.aws_profile, second.destination_config.aws_region) == (
        "lab",
        "eu-west-1",
    )


def test_defaults_for_one_strategy_do_not_reach_another(tmp_path: Path) -> None:
    text = (
        "defaults:\n  sync_strategy: {type: DateFolder, date_folder_format: yyyyMMdd}\n"
        "sync_configurations:\n"
        + entry(name="A").replace('  sync_strategy:\n    type: "DateFolder"\n', "")
        + entry(name="B").replace("DateFolder", "FullDirectory")
    )
    first, second = settings_of(tmp_path, text).configurations
    assert first.strategy.model_dump() == {"date_folder_format": "yyyyMMdd", "culture": "invariant"}
    assert type(second.strategy).__name__ == "FullDirectory"


def test_a_mistake_in_defaults_is_reported_once(tmp_path: Path) -> None:
    text = "defaults:\n  compair: ledger\nsync_configurations:\n" + entry("A") + entry("B")
    assert messages(tmp_path, text) == ["unknown key"]


def test_included_files_come_first_and_their_paths_start_at_their_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        "global:\n  log_directory: logs\n  log_retention_months: 3\nsync_configurations:\n" + entry("Shared"),
        "common/base.yaml",
    )
    settings = settings_of(
        tmp_path,
        "include: [common/base.yaml]\nglobal:\n  log_retention_months: 6\nsync_configurations:\n"
        + entry("Own"),
    )
    assert [each.name for each in settings.configurations] == ["Shared", "Own"]
    assert settings.global_settings.log_retention_months == 6
    assert settings.global_settings.log_directory == tmp_path / "common" / "logs"
    assert settings.global_settings.state_file == tmp_path / "state.json"
    assert settings.configurations[0].local_base_path == str(tmp_path / "common" / "data")
    assert settings.configurations[1].local_base_path == str(tmp_path / "data")


def test_a_mistake_in_an_included_file_is_reported_with_that_files_name_and_line(tmp_path: Path) -> None:
    included = write(tmp_path, "global:\n  timezone: Nowhere/Land\n", "base.yaml")
    path = write(tmp_path, "include: [base.yaml]\nsync_configurations:\n" + entry())
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.file, diagnostic.line, diagnostic.path) == (str(included), 2, "global.timezone")


def test_two_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "include: [sync-config.yaml]\n", "other.yaml")
    text = "include: [other.yaml]\nsync_configurations:\n" + entry()
    assert messages(tmp_path, text) == ["circular include of sync-config.yaml"]


def test_the_same_file_may_be_included_twice_on_different_ways(tmp_path: Path) -> None:
    write(tmp_path, "global: {log_retention_months: 5}\n", "base.yaml")
    write(tmp_path, "include: [base.yaml]\n", "left.yaml")
    write(tmp_path, "include: [base.yaml]\n", "right.yaml")
    text = "include: [left.yaml, right.yaml]\nsync_configurations:\n" + entry()
    assert settings_of(tmp_path, text).global_settings.log_retention_months == 5


def test_a_file_that_cannot_be_read_or_is_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "nothing.yaml", {})
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        load(write(tmp_path, "# " + "x" * 1024 * 1024), {})


def test_loading_creates_nothing(tmp_path: Path) -> None:
    settings_of(tmp_path, "sync_configurations:\n" + entry())
    assert [each.name for each in tmp_path.iterdir()] == ["sync-config.yaml"]


def test_the_command_line_wins_over_the_environment_and_that_over_the_folder(tmp_path: Path) -> None:
    first, second, third = (write(tmp_path, "", name) for name in ("a.yaml", "b.yaml", "sync-config.yaml"))
    environment = {"MOCHOK_CONFIG": str(second)}
    assert find_config("a.yaml", environment, tmp_path) == first
    assert find_config(None, environment, tmp_path) == second
    assert find_config(None, {}, tmp_path) == third


def test_the_users_own_folder_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    user_config_path().parent.mkdir(parents=True, exist_ok=True)
    user_config_path().write_text("", encoding="utf-8")
    assert find_config(None, {}, tmp_path) == user_config_path()


def test_without_any_file_every_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(UsageError) as caught:
        find_config(None, {}, tmp_path)
    assert str(tmp_path / "sync-config.yaml") in caught.value.message
    assert str(user_config_path()) in caught.value.message
    assert "mochok install" in caught.value.hint
    assert "mochok demo" in caught.value.hint


def test_a_named_file_must_exist_and_others_are_not_searched(tmp_path: Path) -> None:
    write(tmp_path, "")
    with pytest.raises(UsageError, match=r"nothing\.yaml \(from --config\) does not exist"):
        find_config("nothing.yaml", {}, tmp_path)
    with pytest.raises(UsageError, match=r"MOCHOK_CONFIG\) is a folder"):
        find_config(None, {"MOCHOK_CONFIG": str(tmp_path)}, tmp_path)
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        find_config("x" * 300 + ".yaml", {}, tmp_path)


def test_a_name_used_in_two_files_is_reported_with_the_other_file(tmp_path: Path) -> None:
    write(tmp_path, "sync_configurations:\n" + entry(), "common.yaml")
    found = messages(tmp_path, "include: [common.yaml]\nsync_configurations:\n" + entry())
    assert found == [f"the name 'Daily' is already used in line 2 of {tmp_path / 'common.yaml'}"]


def test_an_include_whose_name_no_system_takes_is_a_mistake_like_any_other(tmp_path: Path) -> None:
    name = "x" * 300
    found = messages(tmp_path, f"include: [{name}]\nsync_configurations:\n" + entry())
    assert found == [f"the file {tmp_path / name} does not exist"]


def test_a_wrong_path_in_an_included_file_is_shown_as_written(tmp_path: Path) -> None:
    write(tmp_path, "sync_configurations:\n" + entry(path="in/../../data"), "common/base.yaml")
    write(tmp_path, "global: {state_file: ~/state.json}\n", "other.yaml")
    path = write(tmp_path, "include: [common/base.yaml, other.yaml]\n")
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "~ is not replaced by the home folder"
    assert diagnostic.hint == "write ${HOME} instead, or ${USERPROFILE} on Windows"


def test_a_relative_path_from_a_variable_starts_at_the_folder_of_its_file(tmp_path: Path) -> None:
    write(tmp_path, "sync_configurations:\n" + entry(path="${DATA}"), "common/base.yaml")
    settings = settings_of(tmp_path, "include: [common/base.yaml]\n", DATA="in")
    assert settings.configurations[0].local_base_path == str(tmp_path / "common" / "in")


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_an_included_file_that_everybody_may_change_is_noticed_even_if_it_is_empty(tmp_path: Path) -> None:
    write(tmp_path, "", "later.yaml").chmod(0o666)
    settings = settings_of(tmp_path, "include: [later.yaml]\nsync_configurations:\n" + entry())
    assert [notice.partition("; ")[0] for notice in settings.notices] == [
        f"{tmp_path / 'later.yaml'} is writable by every user"
    ]


def test_a_wrong_byte_is_located_behind_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "sync-config.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\nplace: M\xe1laga\n")
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.line, diagnostic.column, diagnostic.message) == (2, 9, "the byte 0xE1 is not UTF-8")


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Madird", "did you mean Europe/Madrid?"),
        ("madrid", "did you mean Europe/Madrid?"),
        ("Europe/Barcelona", "write an IANA name, such as Europe/Madrid"),
        ("Etc/GMT+15", "write an IANA name, such as Europe/Madrid"),
        ("CEST", "write an IANA name, such as Europe/Madrid"),
    ],
)
def test_a_time_zone_is_suggested_only_if_it_must_have_been_meant(
    tmp_path: Path, zone: str, hint: str
) -> None:
    text = f"global: {{timezone: '{zone}'}}\nsync_configurations:\n" + entry()
    with pytest.raises(ConfigurationError) as caught:
        load(write(tmp_path, text), {})
    assert caught.value.diagnostics[0].hint == hint


def test_a_text_with_backslashes_and_an_apostrophe_is_quoted_so_that_it_can_be_pasted(tmp_path: Path) -> None:
    text = "sync_configurations:\n" + entry(path="C:\\Ana's files")
    with pytest.raises(ConfigurationError) as caught:
        load(write(tmp_path, text), {})
    assert caught.value.diagnostics[0].hint == "use single quotes: 'C:\\Ana''s files'"
