"""``sync_options``: every option in both spellings, every mistake with its index and what to do."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from mochok.errors import OptionError
from mochok.plan.filters import FilterRule
from mochok.plan.options import SyncOptions, option_names, parse_options

SSE = "x-amz-server-side-encryption"
KEY = "0123456789abcdef0123456789abcdef"
KEY_HEADERS = (
    (f"{SSE}-customer-algorithm", "AES256"),
    (f"{SSE}-customer-key", base64.b64encode(KEY.encode()).decode()),
    (f"{SSE}-customer-key-MD5", base64.b64encode(hashlib.md5(KEY.encode()).digest()).decode()),
)


def understood(*options: str) -> SyncOptions:
    found, errors = parse_options(options)
    assert errors == []
    return found


def mistake(*options: str) -> OptionError:
    _found, errors = parse_options(options)
    assert len(errors) == 1, errors
    return errors[0]


def fields_of(options: SyncOptions) -> dict[str, Any]:
    """What differs from an empty list of options."""
    nothing = SyncOptions()
    names = [name for name in SyncOptions.__dataclass_fields__ if name != "texts"]
    return {
        name: getattr(options, name) for name in names if getattr(options, name) != getattr(nothing, name)
    }


SWITCHES: dict[str, dict[str, Any]] = {
    "--delete": {"delete": True},
    "--size-only": {"size_only": True},
    "--dryrun": {"dry_run": True},
    "--follow-symlinks": {"follow_symlinks": True},
    "--no-follow-symlinks": {"follow_symlinks": False},
    "--no-guess-mime-type": {"guess_mime_type": False},
    "--no-sign-request": {"sign_requests": False},
    "--no-verify-ssl": {"verify_tls": False},
    "--quiet": {},
    "--no-progress": {},
    "--only-show-errors": {},
    "--exact-timestamps": {},
    "--ignore-glacier-warnings": {},
    "--force-glacier-transfer": {},
}
WITH_VALUE: list[tuple[str, str, dict[str, Any]]] = [
    ("--exclude", "*.tmp", {"filters": (FilterRule(False, "*.tmp"),)}),
    ("--include", "a b.txt", {"filters": (FilterRule(True, "a b.txt"),)}),
    ("--storage-class", "STANDARD_IA", {"headers": (("x-amz-storage-class", "STANDARD_IA"),)}),
    ("--storage-class", "DEEP_ARCHIVE", {"headers": (("x-amz-storage-class", "DEEP_ARCHIVE"),)}),
    ("--acl", "bucket-owner-full-control", {"headers": (("x-amz-acl", "bucket-owner-full-control"),)}),
    ("--sse", "aws:kms", {"headers": ((SSE, "aws:kms"),)}),
    ("--content-type", "text/csv", {"content_type": "text/csv"}),
    ("--content-encoding", "gzip", {"headers": (("Content-Encoding", "gzip"),)}),
    ("--content-disposition", "attachment", {"headers": (("Content-Disposition", "attachment"),)}),
    ("--content-language", "es-CL", {"headers": (("Content-Language", "es-CL"),)}),
    ("--cache-control", "max-age=60", {"headers": (("Cache-Control", "max-age=60"),)}),
    ("--expires", "2027-01-31T00:00:00Z", {"headers": (("Expires", "Sun, 31 Jan 2027 00:00:00 GMT"),)}),
    ("--expires", "2027-01-31", {"headers": (("Expires", "Sun, 31 Jan 2027 00:00:00 GMT"),)}),
    ("--expires", "2027-01-31T00:00:00-03:00", {"headers": (("Expires", "Sun, 31 Jan 2027 03:00:00 GMT"),)}),
    ("--website-redirect", "/new", {"headers": (("x-amz-website-redirect-location", "/new"),)}),
    ("--request-payer", "requester", {"key_headers": (("x-amz-request-payer", "requester"),)}),
    ("--checksum-algorithm", "SHA256", {"checksum": "sha256"}),
    ("--checksum-algorithm", "none", {"checksum": "none"}),
    ("--page-size", "1", {"page_size": 1}),
    ("--page-size", "1000", {"page_size": 1000}),
    ("--region", "eu-west-1", {"region": "eu-west-1"}),
    ("--endpoint-url", "http://127.0.0.1:9000", {"endpoint_url": "http://127.0.0.1:9000"}),
    ("--profile", "backup", {"profile": "backup"}),
    ("--ca-bundle", "/etc/ca.pem", {"ca_bundle": "/etc/ca.pem"}),
    ("--cli-read-timeout", "0", {"read_timeout_seconds": 0}),
    ("--cli-connect-timeout", "30", {"connect_timeout_seconds": 30}),
    ("--source-region", "eu-west-1", {}),
    ("--metadata", "Owner=ops,run=7", {"headers": (("x-amz-meta-owner", "ops"), ("x-amz-meta-run", "7"))}),
    ("--metadata", '{"a": "1,2", "b": 3}', {"headers": (("x-amz-meta-a", "1,2"), ("x-amz-meta-b", "3"))}),
    (
        "--grants",
        "read=uri=http://acs.amazonaws.com/groups/global/AllUsers full=id=7 full=emailaddress=a@b.example",
        {
            "headers": (
                ("x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'),
                ("x-amz-grant-full-control", 'id="7",emailaddress="a@b.example"'),
            )
        },
    ),
]
TOGETHER = {"--sse-c", "--sse-c-key", "--sse-kms-key-id"}


@pytest.mark.parametrize("option", SWITCHES)
def test_a_switch_takes_no_value(option: str) -> None:
    assert fields_of(understood(option)) == SWITCHES[option]


@pytest.mark.parametrize("option", SWITCHES)
def test_a_switch_with_a_value_is_a_mistake(option: str) -> None:
    error = mistake("--exclude=x", f"{option}=yes")
    assert (error.index, error.hint) == (1, f"write just {option}")
    assert "takes no value, but got 'yes'" in error.message


@pytest.mark.parametrize(("option", "value", "expected"), WITH_VALUE)
@pytest.mark.parametrize("spelling", ["equals", "space", "two items", "quoted", "padded"])
def test_a_value_may_be_given_in_every_spelling(
    option: str, value: str, expected: dict[str, Any], spelling: str
) -> None:
    written = {
        "equals": [f"{option}={value}"],
        "space": [f"{option} {value}"],
        "two items": [option, value],
        "quoted": [f"{option}='{value}'"],
        "padded": [f"  {option}   {value}  "],
    }[spelling]
    assert fields_of(understood(*written)) == expected


@pytest.mark.parametrize(
    "option", sorted({option for option, _value, _expected in WITH_VALUE} - {"--sse", "--request-payer"})
)
def test_a_missing_value_is_a_mistake(option: str) -> None:
    for written in ([option], [option, "--delete"]):
        error = mistake(*written)
        assert (error.index, error.hint) == (0, f"write {option}=VALUE")


def test_every_option_is_tried_here() -> None:
    tried = set(SWITCHES) | {option for option, _value, _expected in WITH_VALUE} | TOGETHER
    assert tried == set(option_names())


def test_an_option_with_a_usual_value_may_stand_alone() -> None:
    assert understood("--sse").headers == ((SSE, "AES256"),)
    assert understood("--sse", "--delete").headers == ((SSE, "AES256"),)
    assert understood("--request-payer").key_headers == (("x-amz-request-payer", "requester"),)


def test_kms_needs_its_algorithm() -> None:
    headers = ((SSE, "aws:kms"), (f"{SSE}-aws-kms-key-id", "alias/backup"))
    assert understood("--sse=aws:kms", "--sse-kms-key-id=alias/backup").headers == headers
    assert mistake("--sse-kms-key-id=alias/backup").hint == "add --sse=aws:kms"
    assert mistake("--sse", "--sse-kms-key-id=k").hint == "add --sse=aws:kms"


def test_a_customer_key_goes_with_every_request(tmp_path: Path) -> None:
    assert understood("--sse-c", f"--sse-c-key={KEY}").key_headers == KEY_HEADERS
    (tmp_path / "key").write_bytes(KEY.encode())
    from_file = understood("--sse-c", "AES256", f"--sse-c-key=fileb://{tmp_path}/key")
    assert from_file.key_headers == KEY_HEADERS
    assert from_file.headers == ()


@pytest.mark.parametrize("value", ["short", "fileb:///nowhere/at/all", "fileb://a\0b"])
def test_a_customer_key_that_cannot_be_used_is_a_mistake_and_not_shown(value: str) -> None:
    _found, errors = parse_options(["--sse-c", f"--sse-c-key={value}"])
    assert errors[0].index == 1
    assert "--sse-c-key" in errors[0].message
    assert "short" not in str(errors[0])


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--sse-c"], "give both or neither"),
        ([f"--sse-c-key={KEY}"], "give both or neither"),
        (["--sse", "--sse-c", f"--sse-c-key={KEY}"], "keep one of them"),
        (["--acl=private", "--grants=read=id=1"], "keep one of them"),
    ],
)
def test_options_that_exclude_each_other_are_a_mistake_of_the_whole_list(
    options: list[str], hint: str
) -> None:
    error = mistake(*options)
    assert (error.index, error.hint) == (None, hint)


@pytest.mark.parametrize(
    ("options", "index", "message", "hint"),
    [
        (["--delte"], 0, "unknown option --delte", "did you mean --delete?"),
        (["--delete", "--exlude=*.tmp"], 1, "unknown option --exlude", "did you mean --exclude?"),
        (["--storageclass=x"], 0, "unknown option --storageclass", "did you mean --storage-class?"),
        (["--zzzzzzz"], 0, "unknown option --zzzzzzz", "known options: --acl "),
        (["delete"], 0, "'delete' is not an option", "write --delete"),
        ([""], 0, "'' is not an option", "options begin with --"),
        (["-exclude=a"], 0, "'-exclude=a' is not an option", "write --exclude=a"),
        (["--delete", "stray"], 1, "'stray' is not an option", "options begin with --"),
        (["--storage-class=standard_ia"], 0, "does not accept 'standard_ia'", "did you mean STANDARD_IA?"),
        (["--storage-class=?"], 0, "does not accept '?'", "use STANDARD, REDUCED_REDUNDANCY, "),
        (["--acl=Private"], 0, "does not accept 'Private'", "did you mean private?"),
        (["--sse=aes256"], 0, "does not accept 'aes256'", "did you mean AES256?"),
        (["--sse-c=rot13"], 0, "--sse-c does not accept this value", "use AES256"),
        (["--request-payer=me"], 0, "does not accept 'me'", "use requester"),
        (["--checksum-algorithm=md5"], 0, "does not accept 'md5'", "use crc64nvme"),
        (["--checksum-algorithm=sha-256"], 0, "does not accept 'sha-256'", "did you mean sha256?"),
        (["--page-size=0"], 0, "a whole number from 1 to 1000, not '0'", ""),
        (["--page-size=1001"], 0, "a whole number from 1 to 1000, not '1001'", ""),
        (["--page-size=1.5"], 0, "a whole number from 1 to 1000, not '1.5'", ""),
        (["--page-size=٣"], 0, "a whole number", ""),
        (["--page-size=" + "9" * 5000], 0, "a whole number", ""),
        (["--cli-read-timeout=-1"], 0, "a whole number from 0 to 86400", ""),
        (["--cli-connect-timeout=1h"], 0, "a whole number from 0 to 86400", ""),
        (["--expires=tomorrow"], 0, "--expires: 'tomorrow' is not a time", "write an ISO 8601 time"),
        (["--expires=0001-01-01T00:00:00+14:00"], 0, "--expires: ", "write an ISO 8601 time"),
        (["--metadata=owner"], 0, "'owner' is not a list of pairs", "write name=value"),
        (["--metadata={bad"], 0, "is not valid JSON", "write {"),
        (["--metadata=" + '{"a":' * 100_000], 0, "is not valid JSON", "write {"),
        (["--metadata=a b=1"], 0, "'a b' is not a valid HTTP header name", ""),
        (["--metadata==1"], 0, "'' is not a valid HTTP header name", ""),
        (["--metadata=año=1"], 0, "non-ASCII", "use ASCII only"),
        (["--cache-control=a\nb"], 0, "control character", ""),
        (["--content-language=español"], 0, "non-ASCII", "use ASCII only"),
        (["--grants=everything=id=1"], 0, "'everything=id=1' is not a grant", "PERMISSION=TYPE=ID"),
        (["--grants", "read=id=1", "read"], 0, "'read' is not a grant", "PERMISSION=TYPE=ID"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_do(
    options: list[str], index: int, message: str, hint: str
) -> None:
    error = mistake(*options)
    assert error.index == index
    assert message in error.message
    assert hint in error.hint


def test_all_mistakes_are_reported_together_and_the_rest_is_understood() -> None:
    found, errors = parse_options(["--delet", "--delete", "--page-size=0", "--exclude=a", "stray"])
    assert [error.index for error in errors] == [0, 2, 4]
    assert fields_of(found) == {"delete": True, "filters": (FilterRule(False, "a"),)}


def test_a_mistake_behind_a_value_of_its_own_keeps_its_index() -> None:
    assert mistake("--exclude", "*.tmp", "--include", "a", "--nope").index == 4


def test_filters_keep_their_order() -> None:
    found = understood("--exclude", "*", "--include=*.txt", "--exclude secret*")
    assert [rule.option for rule in found.filters] == [
        "--exclude=*",
        "--include=*.txt",
        "--exclude=secret*",
    ]


def test_a_value_may_hold_equal_signs_quotes_and_spaces() -> None:
    assert understood("--exclude=a=b").filters[0].pattern == "a=b"
    assert understood('--exclude "my file*"').filters[0].pattern == "my file*"
    assert understood("--exclude=it's").filters[0].pattern == "it's"
    assert understood("--exclude='").filters[0].pattern == "'"


def test_the_last_of_a_repeated_option_counts() -> None:
    found = understood("--storage-class=GLACIER", "--storage-class=STANDARD", "--region=a", "--region=b")
    assert found.headers == (("x-amz-storage-class", "STANDARD"),)
    assert found.region == "b"


def test_the_options_are_kept_as_written_for_the_summary() -> None:
    assert understood("--delete", "--exclude=*.tmp").texts == ("--delete", "--exclude=*.tmp")
    assert understood() == SyncOptions()
