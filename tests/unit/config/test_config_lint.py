"""What the lint says about configurations that load but probably mean something else."""

from __future__ import annotations

import fnmatch
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from mochok.config.filter_lint import covers, lint_filters
from mochok.config.lint import Finding, lint
from mochok.config.load import load
from mochok.config.schema import Settings
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


def findings(folder: Path, *entries: str) -> list[Finding]:
    return lint(settings_of(folder, *entries))


def only(folder: Path, *entries: str) -> Finding:
    (finding,) = findings(folder, *entries)
    return finding


REGIONS = {"eu-west-1", "eu-west-2", "us-east-1"}


def test_a_region_that_aws_does_not_have_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, entry(more=", aws_region: eu-wst-1"))
    (finding,) = lint(settings, regions=REGIONS)

    assert (finding.level, finding.path) == (
        "warning",
        "sync_configurations[0].destination_config.aws_region",
    )
    assert finding.message == "AWS has no region 'eu-wst-1' that is known here (did you mean eu-west-1?)"
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
    finding = only(tmp_path, entry(enabled=False), entry("B", structure="b/{day}", enabled=False))

    assert (finding.level, finding.line, finding.path) == ("warning", 1, "sync_configurations")
    assert "no configuration is enabled" in finding.message


@pytest.mark.parametrize(
    ("strategy", "structure", "place"),
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
    tmp_path: Path, strategy: str, structure: str, place: str
) -> None:
    (found,) = findings(tmp_path, entry(strategy=strategy, structure=structure))
    assert found.path.endswith(place)
    assert "2024-12-30 has 2024 and 01, as 2024-01-02 has" in found.message


def test_an_ordinary_configuration_gives_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, entry(options="--delete, '--exclude=*.tmp'")) == []


def test_the_three_configurations_of_the_original_that_select_nothing_are_named() -> None:
    nothing = [each for each in lint(load(ORIGINAL, {})) if "selects no file" in each.message]
    assert [(each.line, each.level, each.path) for each in nothing] == [
        (57, "error", "sync_configurations[2].sync_options[2]"),
        (71, "error", "sync_configurations[3].sync_options[1]"),
        (87, "warning", "sync_configurations[4].sync_options[2]"),
    ]
    assert all("the last match wins" in each.message for each in nothing)


def said(*rules: str) -> list[str]:
    parsed = [FilterRule(text.startswith("+"), text[1:]) for text in rules]
    return [found.message for found in lint_filters(parsed)]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (("+*.log", "-*"), "put --exclude=* before --include=*.log"),
        (("-*",), "add an --include after it"),
        (("-*", "+*.log", "-**"), "selects no file"),
        (("-*", "+*.log", "-*.log"), "selects no file"),
        (("-*.log", "-*.log"), "is there twice"),
        (("-logs/*.log", "+*.log"), "--exclude=logs/*.log never decides"),
        (("-*", "+a.txt", "+*.txt"), "--include=a.txt never decides"),
        (("+*.pdf",), "put --exclude=* before it"),
        (("-/sub/*",), "write sub/*"),
        (("-./a.txt",), "write a.txt"),
        (("-sub/",), "write sub/*"),
    ],
)
def test_a_filter_list_that_cannot_mean_what_it_says(rules: tuple[str, ...], words: str) -> None:
    assert any(words in message for message in said(*rules)), said(*rules)


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
    assert said(*rules) == []


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(1, longest + 1) for letters in product(alphabet, repeat=size)]


NAMES = texts("ab", 4)


def test_a_pattern_said_to_cover_another_matches_all_that_it_matches() -> None:
    patterns = texts("ab*?", 3)
    matched = {each: {name for name in NAMES if fnmatch.fnmatchcase(name, each)} for each in patterns}
    pairs = [(wide, narrow) for wide, narrow in product(patterns, repeat=2) if covers(wide, narrow)]
    assert len(pairs) > 1000
    assert [(wide, narrow) for wide, narrow in pairs if not matched[narrow] <= matched[wide]] == []


def test_a_list_said_to_select_nothing_selects_nothing_and_no_other_does() -> None:
    choices = [
        FilterRule(include, pattern) for include in (True, False) for pattern in ("*", "a*", "*b", "ab")
    ]
    for rules in (list(each) for size in range(1, 4) for each in product(choices, repeat=size)):
        told = any(found.fatal for found in lint_filters(rules))
        assert told != any(map(selector(rules), NAMES)), [rule.option for rule in rules]


def test_the_place_is_the_rules_own_line(tmp_path: Path) -> None:
    finding = only(tmp_path, entry(options='"--delete", "--exclude", "*.tmp", "--exclude=/x"'))
    assert finding.path == "sync_configurations[0].sync_options[3]"
    assert (finding.line, finding.column) == (8, 52)
    assert str(finding).startswith(f"{tmp_path / 'sync-config.yaml'}:8:52: warning: sync_configurations[0]")


def test_two_configurations_that_write_the_same_destination(tmp_path: Path) -> None:
    finding = only(tmp_path, entry("A", base="/a"), entry("B", base="/b", options="--delete"))
    assert finding.level == "warning"
    assert "same destination as 'A': with --delete each removes the other's files" in finding.message


def test_a_switched_off_copy_is_a_hint(tmp_path: Path) -> None:
    finding = only(tmp_path, entry("A"), entry("B", enabled=False))
    assert (finding.level, finding.message[:10]) == ("hint", "copies 'A'")


def test_other_buckets_and_servers_do_not_overlap(tmp_path: Path) -> None:
    assert findings(tmp_path, entry("A"), entry("B", more=", endpoint_url: 'https://s3.example.com'")) == []


def test_a_destination_inside_another_that_deletes(tmp_path: Path) -> None:
    outer = entry("Outer", strategy="{type: FullDirectory}", structure="all", options="--delete")
    inner = entry("Inner", structure="all/daily/{year}-{month}-{day}")
    finding = only(tmp_path, outer, inner)
    assert "--delete also removes what 'Inner' sends" in finding.message
    assert finding.path == "sync_configurations[0].sync_options[0]"
    safe = entry(
        "Outer",
        strategy="{type: FullDirectory}",
        structure="all",
        options="--delete, '--exclude=daily/*'",
    )
    assert findings(tmp_path, safe, inner) == []


def test_delete_with_a_full_directory_below_a_date(tmp_path: Path) -> None:
    strategy = "{type: FullDirectory}"
    finding = only(tmp_path, entry(strategy=strategy, structure="{year}/{month}", options="--delete"))
    assert "--delete cleans only the newest" in finding.message
    assert findings(tmp_path, entry(strategy=strategy, structure="{year}/{month}")) == []


def test_day_folders_that_all_go_to_one_place(tmp_path: Path) -> None:
    hint = only(tmp_path, entry(structure="{year}/{month}"))
    warning = only(tmp_path, entry(structure="latest", options="--delete"))
    assert (hint.level, warning.level) == ("hint", "warning")
    assert "removes what the day before sent" in warning.message


def test_date_ranges_that_never_meet(tmp_path: Path) -> None:
    strategy = "{type: DateRange, date_range_days_back: 2}"
    monday = "  expected_days: [mon]\n"
    finding = only(tmp_path, entry(strategy=strategy, structure="x", extra=monday))
    assert "set date_range_days_back to 6 or more" in finding.message
    enough = "{type: DateRange, date_range_days_back: 6}"
    assert findings(tmp_path, entry(strategy=enough, structure="x", extra=monday)) == []
    assert (
        findings(tmp_path, entry(strategy=strategy, structure="x", extra="  expected_days: weekdays\n")) == []
    )


def test_a_profile_that_the_aws_files_do_not_have(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, entry(more=", aws_profile: ofice"))
    (finding,) = lint(settings, profiles={"office", "lab"})
    assert (finding.level, finding.path) == ("error", "sync_configurations[0].destination_config.aws_profile")
    assert "did you mean office?" in finding.message
    assert lint(settings, profiles=None) == []
    assert lint(settings, profiles={"ofice"}) == []


def test_the_originals_layout_is_recognised_from_its_state(tmp_path: Path) -> None:
    recorded = {"A": (date(2024, 3, 15), "s3://company/2024/03/2024-03-15")}
    (finding,) = lint(settings_of(tmp_path, entry()), recorded=recorded)
    assert "set day_placeholder: folder" in finding.message
    folder = settings_of(tmp_path, entry(), head="global: {day_placeholder: folder}\n")
    assert lint(folder, recorded=recorded) == []
    number = {"A": (date(2024, 3, 15), "s3://company/2024/03/15")}
    assert lint(settings_of(tmp_path, entry()), recorded=number) == []


def test_options_that_an_admin_should_think_about_twice(tmp_path: Path) -> None:
    found = findings(tmp_path, entry(options="--dryrun, --no-verify-ssl, --acl=public-read"))
    assert [each.path[-2] for each in found] == ["0", "1", "2"]


def test_plain_http_is_told_unless_the_server_is_this_machine(tmp_path: Path) -> None:
    finding = only(tmp_path, entry(more=", endpoint_url: 'http://s3.example.com'"))
    assert finding.path.endswith("endpoint_url")
    assert findings(tmp_path, entry(more=", endpoint_url: 'http://127.0.0.1:8333'")) == []
    assert findings(tmp_path, entry(more=", endpoint_url: 'http://localhost:8333'")) == []


def test_a_variable_that_a_backslash_kept_from_being_replaced(tmp_path: Path) -> None:
    finding = only(tmp_path, entry(base=r"C:\Users\${USER}\Data"))
    assert "write / instead" in finding.message
    assert findings(tmp_path, entry(base=r"C:\Users/${USER}\Data")) == []


def test_the_examples_of_the_project_have_no_findings() -> None:
    for path in sorted((Path(__file__).parents[3] / "examples").glob("*.yaml")):
        assert lint(load(path, {})) == [], path.name
