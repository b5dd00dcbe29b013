"""Configurations that load but probably mean something else."""

from __future__ import annotations

import fnmatch
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from mochok.config.filter_lint import MAXIMUM_STEPS, PatternTree, lint_filters
from mochok.config.lint import lint
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.errors import Diagnostic
from mochok.plan.filters import FilterRule, selector
from mochok.storage.botocore_credentials import known_regions

ORIGINAL = Path(__file__).parent / "original-style.yaml"
ENTRY = """\
- name: "{name}"
  description: "for the lint"
  enabled: {enabled}
  local_base_path: '{base}'
  sync_strategy: {strategy}
  destination_config: {{bucket_name: company, s3_path_structure: "{structure}"{more}}}
  sync_options: [{options}]
"""


def entry(
    name: str = "A",
    *,
    base: str = "/data",
    strategy: str = "{type: DateFolder}",
    structure: str = "{year}/{month}/{day}",
    options: str = "",
    more: str = "",
    enabled: bool = True,
    extra: str = "",
) -> str:
    text = ENTRY.format(
        name=name,
        base=base,
        strategy=strategy,
        structure=structure,
        options=options,
        more=more,
        enabled=str(enabled).lower(),
    )
    return text + extra


def settings_of(folder: Path, *entries: str, head: str = "") -> Settings:
    path = folder / "sync-config.yaml"
    path.write_text(head + "sync_configurations:\n" + "".join(entries), encoding="utf-8")
    return load(path, {"USER": "ana"})


def diagnostics(folder: Path, *entries: str) -> list[Diagnostic]:
    return lint(settings_of(folder, *entries))


def only(folder: Path, *entries: str) -> Diagnostic:
    (found,) = diagnostics(folder, *entries)
    return found


REGIONS = {"eu-west-1", "eu-west-2", "us-east-1"}


def test_a_region_that_aws_does_not_have_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, entry(more=", aws_region: eu-wst-1"))
    (found,) = lint(settings, regions=REGIONS)

    assert (found.level, found.path) == (
        "warning",
        "sync_configurations[0].destination_config.aws_region",
    )
    assert (found.message, found.hint) == ("unknown AWS region 'eu-wst-1'", "did you mean eu-west-1?")
    (in_options,) = lint(settings_of(tmp_path, entry(options="--region=us-eats-1")), regions=REGIONS)
    assert in_options.path == "sync_configurations[0].sync_options[0]"


@pytest.mark.parametrize(
    "more", ["", ", aws_region: eu-west-2", ", aws_region: garage, endpoint_url: 'https://s3.example.com'"]
)
def test_a_region_that_exists_or_belongs_to_another_server_is_left_alone(tmp_path: Path, more: str) -> None:
    assert lint(settings_of(tmp_path, entry(more=more)), regions=REGIONS) == []


def test_the_regions_are_those_of_every_partition() -> None:
    assert {"eu-west-1", "cn-north-1", "us-gov-west-1"} <= known_regions()
    assert "aws-global" not in known_regions()


def test_a_file_in_which_nothing_is_enabled_is_noticed(tmp_path: Path) -> None:
    found = only(tmp_path, entry(enabled=False), entry("B", structure="b/{day}", enabled=False))

    assert (found.level, found.line, found.path) == ("warning", 1, "sync_configurations")
    assert "no configuration is enabled" in found.message


@pytest.mark.parametrize(
    ("strategy", "structure", "key"),
    [
        ("{type: FullDirectory}", "full/{year}/{week}", "s3_path_structure"),
        (
            "{type: CustomPattern, custom_local_pattern: '{base_path}/{year}/W{week}'}",
            "{date:yyyyMMdd}",
            "pattern",
        ),
    ],
)
def test_a_week_beside_the_wrong_year_is_noticed(
    tmp_path: Path, strategy: str, structure: str, key: str
) -> None:
    (found,) = diagnostics(tmp_path, entry(strategy=strategy, structure=structure))
    assert found.path.endswith(key)
    assert "2024-01-02 and 2024-12-30 both give 2024 and 01" in found.message


def test_an_ordinary_configuration_gives_no_diagnostic(tmp_path: Path) -> None:
    assert diagnostics(tmp_path, entry(options="--delete, '--exclude=*.tmp'")) == []


def test_the_three_configurations_of_the_original_that_select_nothing_are_named() -> None:
    nothing = [each for each in lint(load(ORIGINAL, {})) if "selects no file" in each.message]
    assert [(each.line, each.level, each.path) for each in nothing] == [
        (57, "error", "sync_configurations[2].sync_options[2]"),
        (71, "error", "sync_configurations[3].sync_options[1]"),
        (87, "warning", "sync_configurations[4].sync_options[2]"),
    ]
    assert all("the last match wins" in each.message for each in nothing)


def messages_of(*rules: str) -> list[str]:
    parsed = [FilterRule(text.startswith("+"), text[1:]) for text in rules]
    return [f"{found.message} ({found.hint})" for found in lint_filters(parsed)]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (("+*.log", "-*"), "put --exclude=* before --include=*.log"),
        (("-*",), "add an --include after it"),
        (("-*", "+*.log", "-**"), "selects no file"),
        (("-*", "+*.log", "-*.log"), "selects no file"),
        (("-*.log", "-*.log"), "is listed again later"),
        (("-logs/*.log", "+*.log"), "--exclude=logs/*.log has no effect"),
        (("-*", "+a.txt", "+*.txt"), "--include=a.txt has no effect"),
        (("+*.pdf",), "put --exclude=* before it"),
        (("-/sub/*",), "write --exclude=sub/*"),
        (("-./a.txt",), "write --exclude=a.txt"),
        (("-sub/",), "write --exclude=sub/*"),
    ],
)
def test_a_filter_list_that_cannot_mean_what_it_says(rules: tuple[str, ...], words: str) -> None:
    assert any(words in message for message in messages_of(*rules)), messages_of(*rules)


@pytest.mark.parametrize(
    "rules",
    [
        (),
        ("-*.tmp", "-*.log"),
        ("-*", "+*.log"),
        ("-*", "+*.log", "-secret*.log"),
        ("-a*", "+ab*", "-abc*"),
        ("-[ab]*", "-a?"),
    ],
)
def test_a_filter_list_that_makes_sense_is_left_alone(rules: tuple[str, ...]) -> None:
    assert messages_of(*rules) == []


def steps(count: int) -> int:
    tree = PatternTree()
    for number in range(count):
        for pattern in (f"folder-{number}/*.tmp", f"*.{number}", f"*/cache{number}/*", f"{number}?.log"):
            tree.covering(pattern)
            tree.add(pattern, number)
    return tree.steps


def test_the_work_of_checking_filters_grows_with_their_number_and_not_with_its_square() -> None:
    assert steps(500) < 2.5 * steps(250)
    assert steps(1000) < 2.5 * steps(500)


def test_a_list_that_would_take_too_long_to_check_is_given_up() -> None:
    tree = PatternTree()
    for number in range(1000):
        pattern = "*a" * 300 + str(number)
        tree.covering(pattern)
        tree.add(pattern, number)
    assert MAXIMUM_STEPS < tree.steps < 1.01 * MAXIMUM_STEPS
    assert tree.covering("a") is None


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(1, longest + 1) for letters in product(alphabet, repeat=size)]


NAMES = texts("ab", 4)


def covers(general: str, specific: str) -> bool:
    tree = PatternTree()
    tree.add(general, 0)
    return tree.covering(specific) is not None


def test_a_pattern_that_covers_another_matches_all_that_it_matches() -> None:
    patterns = texts("ab*?", 3)
    matched = {each: {name for name in NAMES if fnmatch.fnmatchcase(name, each)} for each in patterns}
    pairs = [(wide, narrow) for wide, narrow in product(patterns, repeat=2) if covers(wide, narrow)]
    assert len(pairs) > 1000
    assert [(wide, narrow) for wide, narrow in pairs if not matched[narrow] <= matched[wide]] == []


def test_a_list_that_is_reported_to_select_nothing_selects_nothing_and_no_other_does() -> None:
    choices = [
        FilterRule(include, pattern) for include in (True, False) for pattern in ("*", "a*", "*b", "ab")
    ]
    for rules in (list(each) for size in range(1, 4) for each in product(choices, repeat=size)):
        fatal = any(found.fatal for found in lint_filters(rules))
        assert fatal != any(map(selector(rules), NAMES)), [rule.option for rule in rules]


def test_the_location_is_the_rules_own_line(tmp_path: Path) -> None:
    found = only(tmp_path, entry(options='"--delete", "--exclude", "*.tmp", "--exclude=/x"'))
    assert found.path == "sync_configurations[0].sync_options[3]"
    assert (found.line, found.column) == (8, 52)
    assert found.level == "warning"
    assert str(found).startswith(f"{tmp_path / 'sync-config.yaml'}:8:52: sync_configurations[0]")


def test_two_configurations_that_write_the_same_destination(tmp_path: Path) -> None:
    found = only(tmp_path, entry("A", base="/a"), entry("B", base="/b", options="--delete"))
    assert found.level == "warning"
    assert (
        "same destination as 'A': with --delete, a run fails when it would delete the other's files"
        in found.message
    )


def test_a_switched_off_copy_is_a_hint(tmp_path: Path) -> None:
    found = only(tmp_path, entry("A"), entry("B", enabled=False))
    assert (found.level, found.message) == ("hint", "same source and destination as 'A'")


def test_each_of_many_with_one_destination_is_compared_with_one_other(tmp_path: Path) -> None:
    entries = [entry(name, base=f"/{name}", enabled=name != "A") for name in "ABCD"]
    assert [(each.level, each.message[:27]) for each in diagnostics(tmp_path, *entries)] == [
        ("hint", "same destination as 'A'"),
        ("warning", "same destination as 'B': fi"),
        ("warning", "same destination as 'B': fi"),
    ]


def test_other_buckets_and_servers_do_not_overlap(tmp_path: Path) -> None:
    assert (
        diagnostics(tmp_path, entry("A"), entry("B", more=", endpoint_url: 'https://s3.example.com'")) == []
    )


def test_a_destination_inside_another_that_deletes(tmp_path: Path) -> None:
    outer = entry("Outer", strategy="{type: FullDirectory}", structure="all", options="--delete")
    inner = entry("Inner", structure="all/daily/{year}-{month}-{day}")
    found = only(tmp_path, outer, inner)
    assert "a run fails when --delete would delete files of 'Inner'" in found.message
    assert found.path == "sync_configurations[0].sync_options[0]"
    safe = entry(
        "Outer",
        strategy="{type: FullDirectory}",
        structure="all",
        options="--delete, '--exclude=daily/*'",
    )
    beside = entry("Beside", structure="all-others/{year}-{month}-{day}")
    assert diagnostics(tmp_path, safe, inner, beside) == []


def test_a_destination_is_the_whole_bucket_and_deletes(tmp_path: Path) -> None:
    outer = entry("Outer", strategy="{type: FullDirectory}", structure="", options="--delete")
    inner = [entry(name, structure=f"{name}/{{year}}-{{month}}-{{day}}") for name in ("A", "B")]
    found = only(tmp_path, *inner, outer)
    assert "a run fails when --delete would delete files of 'A', 'B'" in found.message


def test_delete_with_a_full_directory_below_a_date(tmp_path: Path) -> None:
    strategy = "{type: FullDirectory}"
    found = only(tmp_path, entry(strategy=strategy, structure="{year}/{month}", options="--delete"))
    assert "--delete cleans only the newest" in found.message
    assert diagnostics(tmp_path, entry(strategy=strategy, structure="{year}/{month}")) == []


def test_day_folders_that_all_go_to_one_destination(tmp_path: Path) -> None:
    hint = only(tmp_path, entry(structure="{year}/{month}"))
    warning = only(tmp_path, entry(structure="latest", options="--delete"))
    assert (hint.level, warning.level) == ("hint", "warning")
    assert "removes the files of the day before" in warning.message


def test_date_ranges_that_never_meet(tmp_path: Path) -> None:
    strategy = "{type: DateRange, date_range_days_back: 2}"
    monday = "  expected_days: [mon]\n"
    found = only(tmp_path, entry(strategy=strategy, structure="x", extra=monday))
    assert found.hint == "set date_range_days_back to 6 or more"
    enough = "{type: DateRange, date_range_days_back: 6}"
    assert diagnostics(tmp_path, entry(strategy=enough, structure="x", extra=monday)) == []
    assert (
        diagnostics(tmp_path, entry(strategy=strategy, structure="x", extra="  expected_days: weekdays\n"))
        == []
    )


def test_a_profile_that_the_aws_files_do_not_have(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, entry(more=", aws_profile: ofice"))
    (found,) = lint(settings, profiles={"office", "lab"})
    assert (found.level, found.path) == ("error", "sync_configurations[0].destination_config.aws_profile")
    assert found.hint == "did you mean office?"
    assert lint(settings, profiles=None) == []
    assert lint(settings, profiles={"ofice"}) == []


def test_the_originals_layout_is_recognised_from_its_state(tmp_path: Path) -> None:
    recorded = {"A": (date(2024, 3, 15), "s3://company/2024/03/2024-03-15")}
    (found,) = lint(settings_of(tmp_path, entry()), recorded=recorded)
    assert "set day_placeholder: folder" in found.hint
    folder = settings_of(tmp_path, entry(), head="global: {day_placeholder: folder}\n")
    assert lint(folder, recorded=recorded) == []
    number = {"A": (date(2024, 3, 15), "s3://company/2024/03/15")}
    assert lint(settings_of(tmp_path, entry()), recorded=number) == []


def test_options_that_an_admin_should_think_about_twice(tmp_path: Path) -> None:
    found = diagnostics(tmp_path, entry(options="--dryrun, --no-verify-ssl, --acl=public-read"))
    assert [each.path[-2] for each in found] == ["0", "1", "2"]


def test_plain_http_is_a_warning_unless_the_server_is_this_machine(tmp_path: Path) -> None:
    found = only(tmp_path, entry(more=", endpoint_url: 'http://s3.example.com'"))
    assert found.path.endswith("endpoint_url")
    assert diagnostics(tmp_path, entry(more=", endpoint_url: 'http://127.0.0.1:8333'")) == []
    assert diagnostics(tmp_path, entry(more=", endpoint_url: 'http://localhost:8333'")) == []


def test_a_variable_that_a_backslash_kept_from_being_replaced(tmp_path: Path) -> None:
    found = only(tmp_path, entry(base=r"C:\Users\${USER}\Data"))
    assert "write / instead" in found.hint
    assert diagnostics(tmp_path, entry(base=r"C:\Users/${USER}\Data")) == []


def test_the_examples_of_the_project_have_no_diagnostics() -> None:
    for path in sorted((Path(__file__).parents[3] / "examples").glob("*.yaml")):
        assert lint(load(path, {})) == [], path.name
