"""``${NAME}`` and ``${file:PATH}``: what is inserted, what is refused, and what of it is hidden."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mochok.config.effective import effective_lines
from mochok.config.environment import SHOWN_KEYS
from mochok.config.load import load
from mochok.config.schema import Configuration, Destination, GlobalSettings, Settings
from mochok.errors import ConfigurationError, Diagnostic
from mochok.redact import HIDDEN, redacted
from mochok.strategies import registry

TEXT = """\
sync_configurations:
- name: Daily
  description: d
  enabled: true
  local_base_path: data
  sync_strategy: {type: DateFolder}
  destination_config: {bucket_name: company-documents}
  sync_options: [%s]
"""


def loaded(folder: Path, *options: str, **environment: str) -> Settings:
    path = folder / "sync-config.yaml"
    path.write_text(TEXT % ", ".join(f"'{option}'" for option in options), encoding="utf-8")
    return load(path, environment)


def mistake(folder: Path, *options: str, **environment: str) -> Diagnostic:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, *options, **environment)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def private(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def headers(settings: Settings) -> dict[str, str]:
    return dict(settings.configurations[0].options.headers)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"word", "word"),
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b"\xef\xbb\xbfword", "word"),
        (b"  two words ", "  two words "),
        (b"${HOME} \\${x}", "${HOME} \\${x}"),
        (b"", ""),
    ],
)
def test_the_content_of_a_file_is_inserted_without_its_last_line_break(
    tmp_path: Path, content: bytes, value: str
) -> None:
    private(tmp_path / "secrets" / "word", content)
    settings = loaded(tmp_path, "--cache-control=<${file:secrets/word}>")
    assert headers(settings)["Cache-Control"] == f"<{value}>"


def test_a_relative_path_starts_at_the_folder_of_the_file_that_names_it(tmp_path: Path) -> None:
    private(tmp_path / "common" / "word", b"from common")
    private(tmp_path / "word", b"from the main folder")
    common = TEXT.replace("%s", "'--cache-control=${file:word}'")
    (tmp_path / "common" / "base.yaml").write_text(common, encoding="utf-8")
    path = tmp_path / "sync-config.yaml"
    path.write_text("include: [common/base.yaml]\n", encoding="utf-8")
    assert headers(load(path, {}))["Cache-Control"] == "from common"


def test_a_variable_may_be_called_file_and_have_a_default(tmp_path: Path) -> None:
    assert headers(loaded(tmp_path, "--cache-control=${file:-none}"))["Cache-Control"] == "none"
    assert headers(loaded(tmp_path, "--cache-control=${file}", file="f"))["Cache-Control"] == "f"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "does not exist"),
        (b"x" * (64 * 1024 + 1), "is larger than 64 KiB"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
    ids=["missing", "too large", "no text"],
)
def test_a_file_that_cannot_be_a_value_is_refused(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        private(tmp_path / "word", content)
    found = mistake(tmp_path, "--cache-control=${file:word}")
    assert found.message == f"the file {tmp_path / 'word'} {told}"
    assert (found.line, found.path) == (8, "sync_configurations[0].sync_options[0]")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "word").mkdir()
    message = mistake(tmp_path, "--cache-control=${file:word}").message
    assert "is not a regular file" in message or "cannot be read" in message  # Windows: no permission


@pytest.mark.skipif(os.name == "nt", reason="FIFOs and permissions of POSIX")
def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "word")
    assert "is not a regular file" in mistake(tmp_path, "--cache-control=${file:word}").message


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644])
def test_a_file_that_every_user_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    private(tmp_path / "a word", b"word").chmod(mode)
    found = mistake(tmp_path, "--cache-control=${file:a word}")
    assert found.message == f"every user can read or change the file {tmp_path / 'a word'}"
    assert found.hint == f"fix with: chmod o-rw '{tmp_path / 'a word'}'"


def test_what_is_inserted_is_limited_as_a_whole(tmp_path: Path) -> None:
    private(tmp_path / "word", b"x" * 65_000)
    found = mistake(tmp_path, "--cache-control=" + "${file:word}" * 300)
    assert found.message == "more than 16 MiB are inserted by ${...}"


def test_inserted_values_are_hidden_from_then_on(tmp_path: Path) -> None:
    private(tmp_path / "word", b"correct horse battery\n")
    options = ("--metadata=owner=${OWNER},pin=${PIN}", "--cache-control=${file:word}")
    settings = loaded(tmp_path, *options, OWNER="Mateo+Pereira", PIN="1234567")

    shown = "\n".join(effective_lines(settings))
    assert "owner=${OWNER},pin=${PIN}" in shown
    assert "--cache-control=${file:word}" in shown
    told = "refused Mateo+Pereira, Mateo%2BPereira and correct%20horse%20battery; 1234567 is short"
    assert redacted(told) == f"refused {HIDDEN}, {HIDDEN} and {HIDDEN}; 1234567 is short"


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ("--cache-control=${VALUE}", False),
        ("--cache-control ${VALUE}", False),
        ("--website-redirect=/${VALUE}", False),
        ("--exclude=${VALUE}/*", True),
        ("--region=${VALUE}", True),
    ],
)
def test_a_variable_is_shown_only_where_a_name_or_a_location_is_expected(
    tmp_path: Path, option: str, shown: bool
) -> None:
    value = f"value-of-{abs(hash(option))}"
    loaded(tmp_path, option, VALUE=value)
    assert (redacted(value) == value) is shown


def test_the_value_of_an_option_may_be_the_next_item(tmp_path: Path) -> None:
    loaded(
        tmp_path,
        "--region",
        "${WHERE}",
        "--cache-control",
        "${WHAT}",
        WHERE="next-item-1",
        WHAT="next-item-2",
    )
    assert redacted("next-item-1 next-item-2") == f"next-item-1 {HIDDEN}"


def test_a_base_path_from_a_variable_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "sync-config.yaml"
    path.write_text((TEXT % "").replace("path: data", "path: ${BASE}"), encoding="utf-8")
    base = str(tmp_path / "shown-folder")
    assert load(path, {"BASE": base}).configurations[0].local_base_path == base
    assert redacted(base) is base


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--metadata=${VALUE}", "s3cr3tpart anotherpart"),
        ("--grants=${VALUE}", "s3cr3tpart read=id=anotherpart"),
        ("--expires=${VALUE}", "s3cr3tpart-anotherpart"),
        ("--metadata=${VALUE}", "{s3cr3tpart: anotherpart"),
        ("--cache-control=${VALUE}", "s3cr3tpart\u00e9 anotherpart"),
        ("--metadata=${VALUE}", "s3cr3t part" * 100),
        ("${VALUE}", "s3cr3tpart"),
        ("--acl=${VALUE}", "s3cr3t\"par't"),
    ],
)
def test_a_mistake_in_an_inserted_value_does_not_show_it(tmp_path: Path, option: str, value: str) -> None:
    found = mistake(tmp_path, option, VALUE=value)
    assert "s3cr3t" not in f"{found.message} {found.hint}"
    assert found.hint == "correct the value of the environment variable VALUE"


def test_a_mistake_in_the_content_of_a_file_does_not_show_it(tmp_path: Path) -> None:
    private(tmp_path / "word", b"s3cr3t")
    found = mistake(tmp_path, "--grants=${file:word}")
    assert "s3cr3t" not in found.message
    assert found.hint == "correct the content of the file word"


BUCKET = "${BUCKET:-company-documents}"
TOO_SHORT = "it must have 3 to 63 characters and has 1"
TYPED = """\
sync_configurations:
- name: Daily
  description: d
  enabled: ${EN:-true}
  local_base_path: data
  expected_days: ${DAYS:-daily}
  compare: ${COMPARE:-ledger}
  reconcile_every_days: "${EVERY:-7}"
  delete_guard: {max_percent: "${MP:-20}"}
  sync_strategy: {type: DateRange, date_range_days_back: "${BACK:-3}"}
  destination_config: {bucket_name: "${BUCKET:-company-documents}", create_bucket: "${CREATE:-false}"}
"""


def typed(folder: Path, **environment: str) -> Settings:
    path = folder / "sync-config.yaml"
    path.write_text(TYPED, encoding="utf-8")
    return load(path, environment)


def test_a_variable_may_hold_a_boolean_a_number_or_a_choice(tmp_path: Path) -> None:
    (one,) = typed(tmp_path).configurations
    assert (one.enabled, one.reconcile_every_days, one.destination_config.create_bucket) == (True, 7, False)
    assert (one.delete_guard.max_percent, one.strategy.model_dump()["date_range_days_back"]) == (20, 3)

    (one,) = typed(
        tmp_path, EN="false", EVERY="30", MP=" 5 ", COMPARE="checksum", DAYS="mon, thu", BACK="9"
    ).configurations
    assert (one.enabled, one.reconcile_every_days, one.delete_guard.max_percent) == (False, 30, 5)
    assert one.compare == "checksum"
    assert one.expected.weekdays == {0, 3}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("EN", "disabled", "enabled: '${EN:-true}' is not true or false"),
        ("EN", "1", "enabled: '${EN:-true}' is not true or false"),
        ("MP", "a", "delete_guard.max_percent: must be a whole number, not '${MP:-20}'"),
        ("MP", "101", "delete_guard.max_percent: must be at most 100, not '${MP:-20}'"),
        ("MP", "9" * 30, "delete_guard.max_percent: must be a whole number, not '${MP:-20}'"),
        ("BACK", "e", "sync_strategy.date_range_days_back: must be a whole number, not '${BACK:-3}'"),
        ("COMPARE", "s", "compare: '${COMPARE:-ledger}' is not allowed"),
        ("DAYS", "a", "expected_days: '${DAYS:-daily}' is not daily, weekdays or a list of days"),
        ("DAYS", "mon, lun", "expected_days[1]: '${DAYS:-daily}' is not a weekday"),
        (
            "BUCKET",
            "a",
            f"destination_config.bucket_name: '{BUCKET}' is not a valid bucket name: {TOO_SHORT}",
        ),
    ],
)
def test_a_mistake_in_a_variable_names_it_and_what_is_expected(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        typed(tmp_path, **{name: value})
    (found,) = caught.value.diagnostics
    assert f"{found.path}: {found.message}" == f"sync_configurations[0].{message}"
    assert found.hint == f"correct the value of the environment variable {name}, or its default"
    assert redacted("the file is disabled") == "the file is disabled"


def test_every_key_whose_value_is_shown_exists() -> None:
    models = (GlobalSettings, Destination, Configuration)
    known = {field.alias or name for model in models for name, field in model.model_fields.items()}
    known |= {key for name in registry.names() for key in registry.keys_of(name)}
    assert known >= SHOWN_KEYS
