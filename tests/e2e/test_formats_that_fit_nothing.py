"""A date format that fits no name never uploads anything: every command reports it, and none is a success."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.days import days_ago, noon_zone, status_json
from tests.e2e.harness import Workspace

CASES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "folders": (
        {"type": "DateFolder"},
        "{2}-{1}-{0}/a",
        "14 folders here look like dd-MM-yyyy",
        "date_folder",
    ),
    "nested": ({"type": "DateFolder"}, "{0}/{1}/{2}/a", "14 folders here look like yyyy/MM/dd", "yyyy/MM/dd"),
    "words": (
        {"type": "DateFolder", "date_folder_format": "yyyyMMdd"},
        "dump {0}{1}{2}/a",
        "14 folders here look like dump {date:yyyyMMdd}",
        'date_folder_format: "dump {date:yyyyMMdd}"',
    ),
    "pattern": (
        {"type": "CustomPattern", "custom_local_pattern": "{base_path}/{date:yyyyMMdd}"},
        "{0}-{1}-{2}/a",
        "14 folders here look like yyyy-MM-dd",
        "{base_path}/{date:yyyy-MM-dd}",
    ),
    "range": (
        {"type": "DateRange", "date_source": "path", "date_folder_format": "yyyyMMdd"},
        "{0}.{1}.{2}/a",
        "14 folders here look like yyyy.MM.dd",
        "date_folder_format",
    ),
    "files": (
        {"type": "DateRange", "date_source": "filename"},
        "shop-{2}-{1}-{0}.gz",
        "14 files here look like dd-MM-yyyy",
        "date_file_format",
    ),
}


def configure(workspace: Workspace, case: str) -> None:
    strategy, name, _message, _advice = CASES[case]
    configuration = workspace.configuration(sync_strategy=strategy, destination={"s3_path_structure": "x"})
    workspace.configure(configuration, timezone=noon_zone())
    workspace.write({name.format(*days_ago(count).split("-")): "1" for count in range(1, 15)})


@pytest.mark.parametrize("case", CASES)
def test_every_command_names_the_format_that_the_names_have(workspace: Workspace, case: str) -> None:
    configure(workspace, case)
    _strategy, _name, message, advice = CASES[case]

    for arguments in (("validate",), ("install",), ("sync", "--quiet"), ("sync", "--dry-run")):
        code = 1 if arguments[0] == "sync" else 0
        shown = workspace.run(*arguments).must(code).flat
        assert message in shown, arguments
        assert advice in shown, arguments
    assert workspace.run("validate", "--strict").exit_code == 2
    status = workspace.run("status").must(0).flat
    assert message in status
    assert "Success" not in status
    assert status_json(workspace)["configurations"][0]["neverUploaded"] is True


def test_once_something_was_uploaded_other_folders_are_no_reason_to_fail(workspace: Workspace) -> None:
    configure(workspace, "folders")
    workspace.write({"a": "1"}, f"data/{days_ago(3)}")
    workspace.run("sync", "--target-date", days_ago(3)).must(0)
    assert "look like" not in workspace.run("validate").must(0).flat
    assert "Skipped" in workspace.run("sync").must(0).flat


@pytest.mark.parametrize("case", ["mtime", "empty"])
def test_a_configuration_that_has_never_uploaded_anything_is_no_success(
    workspace: Workspace, case: str
) -> None:
    options = ["--exclude=*"] if case == "mtime" else []
    workspace.configure(workspace.whole_folder(sync_options=options))
    workspace.write({"a": "1"} if options else {}, "data")

    shown = workspace.run("sync").must(0).flat

    assert "nothing has been uploaded so far" in shown
    status = workspace.run("status").must(0).flat
    assert "Success" not in status
    found = status_json(workspace)["configurations"][0]
    assert (found["lastStatus"], found["lastSuccessAgeSeconds"]) == ("Skipped", None)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        (r"yyyy\MM\dd", "write yyyy/MM/dd for nested folders"),
        (r"dd\MMMM", "write dd/MMMM for nested folders"),
    ],
)
def test_a_backslash_between_nested_folders_is_refused(
    workspace: Workspace, written: str, advice: str
) -> None:
    for strategy in (
        {"type": "DateFolder", "date_folder_format": written},
        {"type": "CustomPattern", "custom_local_pattern": f"{{base_path}}/{{date:{written}}}"},
    ):
        workspace.configure(workspace.configuration(sync_strategy=strategy))
        assert advice in workspace.run("sync").must(2).flat
        assert advice in workspace.run("validate").must(2).flat
