"""Who we are: profiles, environment and what is missing, over real AWS files."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mochok.errors import CredentialsError
from mochok.storage.botocore_credentials import known_profiles
from mochok.storage.identity import Credentials
from mochok.storage.session import Session
from mochok.storage.settings import Access

CONFIG = """
[default]
region = eu-west-1

[profile backup]
region = sa-east-1
ca_bundle = /etc/backup-ca.pem
endpoint_url = http://nas:9000

[profile bare]
region = us-west-2
"""
CREDENTIALS = """
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret

[backup]
aws_access_key_id = AKIABACKUP
aws_secret_access_key = backup-secret
aws_session_token = backup-token
"""
IDENTITIES_NEEDED = pytest.mark.usefixtures("aws_home")


@pytest.fixture
def profiles(aws_home: Path) -> Path:
    (aws_home / "config").write_text(CONFIG)
    (aws_home / "credentials").write_text(CREDENTIALS)
    return aws_home


@pytest.mark.parametrize("profile", [None, "default"])
def test_without_a_profile_the_usual_one_is_taken(profiles: Path, profile: str | None) -> None:
    session = Session(Access(profile=profile))
    assert session.credentials == Credentials("AKIADEFAULT", "default-secret", None)
    assert (session.region, session.ca_bundle, session.endpoint_url()) == ("eu-west-1", None, None)
    assert not session.renewable
    assert not session.renew(), "the files hold the same keys as before"


def test_a_profile_brings_its_keys_region_endpoint_and_certificates(profiles: Path) -> None:
    session = Session(Access(profile="backup"))
    assert session.credentials == Credentials("AKIABACKUP", "backup-secret", "backup-token")
    assert session.region == "sa-east-1"
    assert session.endpoint_url({}) == "http://nas:9000"
    assert session.ca_bundle == "/etc/backup-ca.pem"
    assert session.origin == "shared-credentials-file"


def test_the_configuration_wins_over_the_profile(profiles: Path) -> None:
    session = Session(Access(profile="backup", region="us-east-2", ca_bundle="/etc/mine.pem"))
    assert (session.region, session.ca_bundle) == ("us-east-2", "/etc/mine.pem")


def test_the_environment_names_keys_profile_and_endpoint(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "backup")
    assert Session(Access()).region == "sa-east-1"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "env-secret")
    session = Session(Access())
    assert session.credentials == Credentials("AKIAENV", "env-secret", None)
    assert session.endpoint_url({"AWS_ENDPOINT_URL": "http://a"}) == "http://a"
    assert (
        session.endpoint_url({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"})
        == "http://b"
    )
    assert session.endpoint_url({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}) is None


def test_a_profile_that_does_not_exist_is_told_with_the_known_ones(profiles: Path) -> None:
    with pytest.raises(CredentialsError, match="the AWS profile 'bakcup' does not exist") as caught:
        Session(Access(profile="bakcup"))
    assert "known profiles: backup, bare, default" in caught.value.hint
    assert caught.value.exit_code == 3
    assert known_profiles() == {"backup", "bare", "default"}


def test_a_profile_of_the_environment_that_does_not_exist_is_told_too(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(CredentialsError, match="the AWS profile 'gone' does not exist"):
        Session(Access())


@IDENTITIES_NEEDED
def test_no_credentials_at_all_are_told_with_what_to_do() -> None:
    with pytest.raises(CredentialsError, match=r"no AWS credentials found \(") as caught:
        Session(Access())
    assert "aws configure" in caught.value.hint
    assert Session(Access(sign_requests=False)).credentials is None
    assert Session(Access(sign_requests=False)).origin == ""


def test_a_profile_without_keys_is_named(profiles: Path) -> None:
    with pytest.raises(CredentialsError, match="no AWS credentials found for the profile 'bare'"):
        Session(Access(profile="bare"))


@pytest.mark.parametrize("content", ["[default\nx", "no section = 1\n", "[default]\nregion\n"])
def test_a_broken_aws_file_is_an_explained_error(aws_home: Path, content: str) -> None:
    (aws_home / "config").write_text(content)
    with pytest.raises(CredentialsError, match="cannot be"):
        Session(Access())
    with pytest.raises(CredentialsError, match="the AWS configuration files cannot be read"):
        known_profiles()


def test_half_a_pair_of_keys_is_an_explained_error(aws_home: Path) -> None:
    (aws_home / "credentials").write_text("[default]\naws_access_key_id = AKIAHALF\n")
    with pytest.raises(CredentialsError, match=r"cannot be loaded: .*aws_secret_access_key"):
        Session(Access())


def process_profile(home: Path, program: str) -> None:
    """A profile whose keys come from a program, as single sign-on helpers do it."""
    (home / "helper.py").write_text(program)
    command = f'"{sys.executable}" "{home / "helper.py"}"'
    (home / "config").write_text(f"[default]\ncredential_process = {command}\n")


def issued(expires: str) -> str:
    answer = {
        "Version": 1,
        "AccessKeyId": "ASIAPROCESS",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": expires,
    }
    return f"print({json.dumps(json.dumps(answer))})"


def test_credentials_of_a_program_are_taken_and_known_to_be_renewable(aws_home: Path) -> None:
    process_profile(aws_home, issued("2999-01-01T00:00:00Z"))
    session = Session(Access())
    assert session.credentials == Credentials("ASIAPROCESS", "s", "t")
    assert session.renewable
    assert session.renew()


def test_one_renewal_serves_all_who_need_it_at_the_same_time(aws_home: Path) -> None:
    calls = aws_home / "calls"
    counting = f"open({str(calls)!r}, 'a').write('x')\n"
    process_profile(aws_home, counting + issued("2999-01-01T00:00:00Z"))
    session = Session(Access())
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _number: session.renew(), range(8)))
        assert set(pool.map(lambda _number: session.refresh(), range(8))) == {session.credentials}
    assert calls.read_text() == "xx", "once at the beginning, once for all"


@pytest.mark.parametrize(
    "program", [issued("2001-01-01T00:00:00Z"), "raise SystemExit('no ticket')", "print('{}')"]
)
def test_credentials_that_are_expired_or_cannot_be_renewed_are_an_explained_error(
    aws_home: Path, program: str
) -> None:
    process_profile(aws_home, program)
    with pytest.raises(CredentialsError, match=r"the credentials cannot be (obtained or renewed|loaded)"):
        Session(Access())


def test_keys_are_never_shown() -> None:
    shown = repr(Credentials("AKIA1234567890", "very-secret", "very-long-token"))
    assert shown == "Credentials(AKIA...)"


PROGRAM = """[profile asks]
credential_process = {0} -c "{1}"
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.stdin.read(); import time; time.sleep(600)", "has not answered for 1 second"),
        ("print('Enter your PIN:')", "cannot be loaded"),
        ("print('{}')", "cannot be loaded"),
        ("import sys; sys.exit('no ticket today')", "no ticket today"),
    ],
    ids=["silent", "asks", "no keys", "refuses"],
)
def test_a_program_that_gives_no_keys_is_given_up_with_a_word(aws_home: Path, code: str, words: str) -> None:
    (aws_home / "config").write_text(PROGRAM.format(sys.executable, code))
    access = Access(profile="asks", read_timeout_seconds=1, connect_timeout_seconds=0)
    with pytest.raises(CredentialsError, match=words):
        Session(access)


def test_a_program_that_does_not_exist_is_named(aws_home: Path) -> None:
    (aws_home / "config").write_text("[profile asks]\ncredential_process = /nowhere/give-keys\n")
    with pytest.raises(CredentialsError, match="/nowhere/give-keys' cannot be started"):
        Session(Access(profile="asks"))


def account(home: Path, config: str, access: Access) -> str:
    (home / "config").write_text(config)
    return Session(access).account


def test_the_account_is_that_of_the_keys_or_of_what_renews_them(aws_home: Path) -> None:
    """Keys that change with every renewal say nothing; the role, or the profile that renews them, does."""
    issued = '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "s"%s}'
    renewed = ', "SessionToken": "t", "Expiration": "2999-01-01T00:00:00Z"'

    def profile(key: str, more: str = "") -> str:
        program = aws_home / "issue.py"
        program.write_text(f"print({issued % (key, more)!r})")
        return f'[profile tickets]\ncredential_process = "{sys.executable}" "{program}"\n'

    access = Access(profile="tickets")
    static = account(aws_home, profile("AKIAONE"), access)
    assert account(aws_home, profile("AKIATWO"), access) != static
    temporary = account(aws_home, profile("ASIAONE", renewed), access)
    assert account(aws_home, profile("ASIATWO", renewed), access) == temporary != static
    other = profile("ASIAONE", renewed).replace('issue.py"', 'issue.py" another-account')
    assert account(aws_home, other, access) != temporary
    assert "AKIA" not in static
    assert account(aws_home, "", Access(sign_requests=False)) not in (static, temporary)
