"""A configuration of several parts: included files and folders, anchors, and lists that continue."""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.errors import ConfigurationError


def entry(name: str, extra: str = "") -> str:
    return (
        f"- name: {name}\n  description: d\n  enabled: true\n  local_base_path: /x/{name}\n"
        "  sync_strategy: {type: DateFolder}\n"
        f"  destination_config: {{bucket_name: a-bucket, s3_path_structure: '{name}/{{day}}'}}\n{extra}"
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "sync-config.yaml"


def names(settings: Settings) -> list[str]:
    return [configuration.name for configuration in settings.configurations]


def one(name: str) -> str:
    return "sync_configurations:\n" + entry(name)


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    return [
        f"{found.line}: {found.path}: {found.message} ({found.hint})" for found in caught.value.diagnostics
    ]


@pytest.mark.parametrize("written", ["conf.d/*.yaml", "conf.d", "conf.d/", "./conf.d/[ab].yaml", "**/?.yaml"])
def test_a_folder_or_a_pattern_includes_its_files_in_the_order_of_their_names(
    tmp_path: Path, written: str
) -> None:
    files = {"conf.d/b.yaml": one("B"), "conf.d/a.yaml": one("A"), "conf.d/.hidden.yaml": "no: yaml: ["}
    files |= {"conf.d/notes.txt": "text", "sync-config.yaml": f"include: ['{written}']\n" + one("Own")}
    assert names(load(write(tmp_path, files), {})) == ["A", "B", "Own"]


def test_a_pattern_means_neither_the_file_itself_nor_one_that_was_read_before(tmp_path: Path) -> None:
    files = {"a.yaml": one("A"), "b.yaml": one("B")}
    files["sync-config.yaml"] = "include: [b.yaml, '*.yaml']\n" + one("Own")
    assert names(load(write(tmp_path, files), {})) == ["B", "A", "Own"]


def test_a_name_with_special_characters_of_a_pattern_is_a_name_first(tmp_path: Path) -> None:
    files = {"[a].yaml": one("Brackets"), "a.yaml": one("A"), "sync-config.yaml": "include: ['[a].yaml']\n"}
    assert names(load(write(tmp_path, files), {})) == ["Brackets"]


@pytest.mark.parametrize(
    ("written", "message"),
    [("conf.d/*.yaml", "conf.d/*.yaml matches no YAML file"), ("empty", "empty has no YAML file")],
)
def test_what_includes_nothing_is_a_mistake(tmp_path: Path, written: str, message: str) -> None:
    path = write(tmp_path, {"sync-config.yaml": f"include: ['{written}']\n" + one("Own")})
    (tmp_path / "empty").mkdir()
    [mistake] = mistakes(path)
    assert f"{message} (check the path" in mistake


def test_paths_in_a_file_of_a_folder_start_at_that_folder(tmp_path: Path) -> None:
    files = {"conf.d/a.yaml": one("A").replace("/x/A", "data"), "sync-config.yaml": "include: [conf.d]\n"}
    [found] = load(write(tmp_path, files), {}).configurations
    assert found.local_base_path == str(tmp_path / "conf.d" / "data")


def test_keys_that_begin_with_x_hold_anchors(tmp_path: Path) -> None:
    text = (
        "x-dest: &dest {bucket_name: shared-bucket, aws_region: eu-west-1}\n"
        "x-options: &options [--delete]\n"
        "x-unused: {local_base_path: '${NOT_SET}'}\n"
        "sync_configurations:\n- name: A\n  description: d\n  enabled: true\n  local_base_path: /x\n"
        "  sync_strategy: {type: DateFolder}\n  sync_options: *options\n"
        "  destination_config: {<<: *dest, s3_path_structure: 'a/{day}'}\n"
    )
    [found] = load(write(tmp_path, {"sync-config.yaml": text}), {}).configurations
    assert found.destination_config.bucket_name == "shared-bucket"
    assert found.options.delete


def test_only_at_the_top_and_in_any_file(tmp_path: Path) -> None:
    files = {"part.yaml": "x-a: 1\n" + one("A"), "sync-config.yaml": "x-b: 2\ninclude: part.yaml\n"}
    assert names(load(write(tmp_path, files), {})) == ["A"]
    wrong = write(tmp_path, {"sync-config.yaml": "sync_configurations:\n" + entry("A", "  x-own: 1\n")})
    [mistake] = mistakes(wrong)
    assert "sync_configurations[0].x-own: unknown key" in mistake


DEFAULTS = "defaults:\n  sync_options: [--exclude=*.tmp, --delete]\n"


@pytest.mark.parametrize(
    ("defaults", "own", "expected"),
    [
        (DEFAULTS, "sync_options+: [--exclude=*.bak]", ["--exclude=*.tmp", "--delete", "--exclude=*.bak"]),
        (DEFAULTS, "sync_options: [--exclude=*.bak]", ["--exclude=*.bak"]),
        ("", "sync_options+: [--delete]", ["--delete"]),
        (
            "defaults:\n  sync_options+: [--delete]\n",
            "sync_options+: [--size-only]",
            ["--delete", "--size-only"],
        ),
        ("defaults:\n  sync_options+: [--delete]\n", "sync_options: [--size-only]", ["--size-only"]),
        ("defaults:\n  sync_options+: [--delete]\n", "compare: ledger", ["--delete"]),
        (DEFAULTS, "sync_options+: []", ["--exclude=*.tmp", "--delete"]),
        (
            "",
            "sync_options+: [--b]\n  sync_options: [--delete]".replace("--b", "--size-only"),
            ["--delete", "--size-only"],
        ),
        ("", "sync_options:\n  sync_options+: [--delete]", ["--delete"]),
    ],
)
def test_a_list_can_continue_the_one_in_defaults(
    tmp_path: Path, defaults: str, own: str, expected: list[str]
) -> None:
    text = f"{defaults}sync_configurations:\n" + entry("A", f"  {own}\n")
    [found] = load(write(tmp_path, {"sync-config.yaml": text}), {}).configurations
    assert list(found.options.texts) == expected


def test_a_list_continues_through_included_defaults(tmp_path: Path) -> None:
    files = {
        "common.yaml": DEFAULTS,
        "sync-config.yaml": "include: [common.yaml]\ndefaults:\n  sync_options+: [--size-only]\n"
        "sync_configurations:\n" + entry("A", "  sync_options+: [--exclude=*.bak]\n") + entry("B"),
    }
    first, second = load(write(tmp_path, files), {}).configurations
    shared = ["--exclude=*.tmp", "--delete", "--size-only"]
    assert list(first.options.texts) == [*shared, "--exclude=*.bak"]
    assert list(second.options.texts) == shared


def test_a_mistake_in_a_continued_list_is_reported_where_it_is(tmp_path: Path) -> None:
    text = f"{DEFAULTS}sync_configurations:\n" + entry("A", "  sync_options+:\n  - --no-such-option\n")
    [mistake] = mistakes(write(tmp_path, {"sync-config.yaml": text}))
    assert mistake.startswith("11: sync_configurations[0].sync_options[2]: ")


@pytest.mark.parametrize("own", ["sync_options+: --delete", "catch_up_days+: [1]", "catch_up_days+: 3"])
def test_what_is_no_list_continues_nothing(tmp_path: Path, own: str) -> None:
    text = "defaults: {catch_up_days: 2, sync_options: [--delete]}\nsync_configurations:\n" + entry(
        "A", f"  {own}\n"
    )
    [mistake] = mistakes(write(tmp_path, {"sync-config.yaml": text}))
    assert own.partition(":")[0] + " continues a list, and this is none" in mistake
