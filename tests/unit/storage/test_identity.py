"""The quick way to the environment's keys says what botocore's chain says, or stands back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mochok.storage.botocore_credentials import BotocoreIdentity
from mochok.storage.identity import Credentials, EnvironmentIdentity, find_identity
from mochok.storage.settings import Access

PAIR = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
ALONE = [
    PAIR,
    PAIR | {"AWS_SESSION_TOKEN": "token"},
    PAIR | {"AWS_SECURITY_TOKEN": "old", "AWS_SESSION_TOKEN": "new"},
    PAIR | {"AWS_DEFAULT_REGION": "sa-east-1", "AWS_CA_BUNDLE": "/etc/ca.pem"},
]


@pytest.fixture
def environ(aws_home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The variables of the parameter on top of empty AWS files."""
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("environ", ALONE, indirect=True)
@pytest.mark.parametrize("profile", [None, "default"])
@pytest.mark.usefixtures("environ")
def test_where_the_environment_says_it_all_both_ways_agree(profile: str | None) -> None:
    quick, slow = find_identity(Access(profile=profile)), BotocoreIdentity(Access(profile=profile))
    assert isinstance(quick, EnvironmentIdentity)
    assert quick.credentials() == slow.credentials()
    assert (quick.origin, quick.renewable, quick.endpoint_url) == (
        slow.origin, slow.renewable, slow.endpoint_url,
    )  # fmt: skip
    assert all(quick.variable(name) == slow.variable(name) for name in ("region", "ca_bundle"))


@pytest.mark.parametrize(
    "environ",
    [PAIR | {"AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"}, PAIR | {"AWS_PROFILE": "backup"}],
    indirect=True,
)
@pytest.mark.usefixtures("environ")
def test_where_more_than_the_keys_is_set_the_chain_decides(aws_home: Path) -> None:
    (aws_home / "config").write_text("[profile backup]\nregion = sa-east-1\n")
    assert isinstance(find_identity(Access()), BotocoreIdentity)


@pytest.mark.parametrize("environ", [PAIR], indirect=True)
@pytest.mark.parametrize("file_name", ["config", "credentials"])
@pytest.mark.usefixtures("environ")
def test_a_region_in_the_aws_files_is_not_overlooked(aws_home: Path, file_name: str) -> None:
    (aws_home / file_name).write_text("[default]\nregion = sa-east-1\n")
    identity = find_identity(Access())
    assert identity.credentials() == Credentials("AKIAENV", "env-secret", None)
    assert identity.variable("region") == "sa-east-1"


def test_the_environment_is_enough_to_start_without_botocore(aws_home: Path) -> None:
    code = (
        "import sys, mochok.storage.crt\n"
        "from mochok.storage.session import Session\n"
        "from mochok.storage.settings import Access\n"
        "assert Session(Access()).credentials[0] == 'AKIAENV'\n"
        "sys.exit('botocore' in sys.modules)\n"
    )
    files = {"AWS_CONFIG_FILE": str(aws_home / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(aws_home / "no")}
    assert subprocess.run([sys.executable, "-c", code], env=PAIR | files, check=False).returncode == 0
