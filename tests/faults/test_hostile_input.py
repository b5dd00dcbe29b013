"""Malicious configurations and secrets."""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import FaultScene, wait_for
from tests.support.faults import refuse, stay_silent

BOMB = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x, x]"]
    + [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "sync_configurations: !!python/object/apply:os.system ['touch owned']",
        f"{BOMB}\nsync_configurations: *i",
        "# " + "x" * 50_000_000,
        "sync_configurations:\n\t- name: tab",
        "sync_configurations: [\0]",
        "sync_configurations: " + "[" * 20_000,
    ],
    ids=["tag", "bomb", "50 MB", "tab", "NUL", "depth"],
)
def test_F83_a_file_that_wants_to_harm_is_refused(scene: FaultScene, text: str) -> None:
    """The configuration file has a Python tag, an alias bomb, 50 MB, tabs, NUL or 20,000 brackets: exit 2
    within seconds with a position and a reason, nothing is executed and nothing is uploaded.
    """
    scene.write({"a.txt": "a"})
    scene.configure_text(text)

    result = scene.sync().must(2)

    assert "sync-config.yaml" in result.flat
    assert not (scene.folder / "owned").exists()
    assert scene.proxy.seen() == []
    assert not scene.state_path.exists()


def test_F83_values_of_a_wrong_kind_are_all_told_with_their_lines(scene: FaultScene) -> None:
    """`bucket_name: 012`, `delete: yes`, a duplicate key, an unknown key: each is reported with its line,
    exit 2, and nothing runs.
    """
    scene.configure_text(
        "sync_configurations:\n"
        "- name: One\n"
        "  description: d\n"
        "  enabled: true\n"
        "  local_base_path: data\n"
        "  delete: yes\n"
        "  name: Two\n"
        "  sync_strategy: {type: FullDirectory}\n"
        "  destination_config:\n"
        "    bucket_name: 012\n"
    )

    result = scene.sync().must(2)

    for line in (6, 7, 10):
        assert f"sync-config.yaml:{line}:" in result.flat


BAD_STRUCTURES = (
    "{date.__class__}", "{0}", "{year!r}", "../../{year}", "a/../../{year}", "x\0y", "{year:>5000}",
    "{date:HH}", "{nonsense}",
)  # fmt: skip


def test_F84_placeholders_that_reach_for_more_are_refused(scene: FaultScene) -> None:
    """Path structures with attribute access, indices, "..", NUL or unknown placeholders: each is reported,
    exit 2, nothing runs.
    """
    scene.write({"a.txt": "a"})
    configurations: list[dict[str, Any]] = [
        scene.one(name=f"Bad {number}", prefix=structure) for number, structure in enumerate(BAD_STRUCTURES)
    ]
    scene.configure(*configurations)

    result = scene.sync().must(2)

    told = [line for line in result.output.splitlines() if "s3_path_structure" in line]
    assert len(told) == len(BAD_STRUCTURES), result.output
    assert "<class" not in result.output
    assert scene.proxy.seen() == []


def test_F84_the_name_of_a_configuration_cannot_forge_a_line_or_leave_the_prefix(scene: FaultScene) -> None:
    """A configuration's name holds a line break: exit 2, and it is one line of the log. It holds slashes and
    "..", and is used as {config_name}: exit 2, and nothing is sent anywhere.
    """
    scene.write({"a.txt": "a"})
    forged = "[2025-01-01 00:00:00] [ERROR] forged"
    scene.configure(scene.one(name=f"x\n{forged}"))
    scene.sync().must(2)
    assert "sync_configurations[0].name: contains a control character or a line break" in scene.log()
    assert forged not in scene.log().splitlines()

    scene.configure(scene.one(name="../../etc", prefix="backup/{config_name}"))
    result = scene.sync().must(2)

    assert "the value of {config_name}, '../../etc', is not a valid folder name" in result.flat
    assert scene.proxy.seen() == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_F85_a_configuration_that_everybody_may_change_gets_a_warning(scene: FaultScene) -> None:
    """The configuration file, an included file, or their folder is writable for every user, or root runs
    another user's configuration: the run continues with a warning for each and how to fix it, exit 0.
    """
    scene.write({"a.txt": "a"})
    scene.configure(scene.one())
    shared = scene.folder / "shared.yaml"
    shared.write_text("global: {log_retention_months: 6}\n")
    text = scene.config_path.read_text()
    scene.config_path.write_text(text.replace("{", '{"include": ["shared.yaml"],', 1))
    scene.config_path.chmod(0o666)
    shared.chmod(0o606)
    scene.folder.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(shared, 12345, -1)

    result = scene.sync().must(0)

    told = [line for line in scene.log().splitlines() if "[WARNING]" in line and "chmod o-w" in line]
    assert len(told) == 4, "two files, each for itself and for its folder"
    assert sum("shared.yaml" in line for line in told) == 2
    assert "chmod o-w" in result.flat
    assert ("is owned by user 12345" in result.flat) == (os.geteuid() == 0)


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_F85_what_mochok_makes_is_for_its_user_alone(scene: FaultScene) -> None:
    """State and ledger are created with mode 0600, the log folder with 0700, regardless of the umask."""
    scene.write({"a.txt": "a"})
    scene.set_up()
    before = os.umask(0)
    try:
        scene.sync().must(0)
    finally:
        os.umask(before)

    modes = {
        name: stat.S_IMODE((scene.folder / name).stat().st_mode)
        for name in ("state.json", "mochok.db", "log")
    }
    assert modes == {"state.json": 0o600, "mochok.db": 0o600, "log": 0o700}


SECRETS = {
    "token": "IQoJb3JpZ2luX2VjEPLANTEDTOKENPLANTEDTOKEN",
    "profile": "pl4nt3dPr0f1l3S3cr3tKeyXXXXXXXXXXXXXXXXXX",
    "url": "pl4nt3d-passw0rd-in-url",
    "customer key": "pl4nt3d-customer-key-32-bytes-lo",
}


def test_F86_planted_secrets_are_in_no_output_and_no_file(scene: FaultScene) -> None:
    """There are secrets in the environment, the AWS profile, the endpoint's address and an option, and the
    server refuses everything and repeats what it received: no output, log, state, ledger or event file has
    one.
    """
    (scene.home / "aws-credentials").write_text(
        f"[planted]\naws_access_key_id = AKIAPLANTED000000000\naws_secret_access_key = {SECRETS['profile']}\n"
        f"aws_session_token = {SECRETS['token']}\n"
    )
    scene.write({"a.txt": "a"})
    address = scene.proxy.endpoint_url.replace("://", f"://user:{SECRETS['url']}@")
    options = ["--sse-c=AES256", f"--sse-c-key={SECRETS['customer key']}"]
    scene.configure(
        scene.one(name="Profile", destination={"aws_profile": "planted"}),
        scene.one(name="Url", destination={"endpoint_url": None}),
        scene.one(*options, name="Option"),
    )
    echo = (
        f"x-amz-security-token={SECRETS['token']}&X-Amz-Signature=abcdef0123456789 "
        f"aws_secret_access_key = {SECRETS['profile']} x-amz-server-side-encryption-customer-key: "
        f"{b64encode(SECRETS['customer key'].encode()).decode()}"
    )
    scene.proxy.when("PutObject", "ListObjectsV2", do=refuse(400, "InvalidRequest", echo))
    before = {path for path in scene.folder.rglob("*") if path.is_file()}

    outputs = [
        scene.run(*arguments, env={"AWS_ENDPOINT_URL": address})
        for arguments in (
            ("sync", "--verbose", "--log-json", "events.jsonl"),
            ("sync", "--json"),
            ("status", "--json-output"),
            ("history", "--json"),
            ("validate",),
            ("explain", "Url", "a.txt"),
        )
    ]

    assert outputs[0].exit_code == outputs[1].exit_code == 1, outputs[0].output
    assert scene.proxy.count("ListObjectsV2", "PutObject") >= 2
    written = "\n".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in scene.folder.rglob("*")
        if path.is_file() and path not in before
    )
    encoded = {"key on the wire": b64encode(SECRETS["customer key"].encode()).decode()}
    for what, secret in (SECRETS | encoded).items():
        assert secret not in "".join(result.output for result in outputs), what
        assert secret not in written, what
    assert "Traceback" not in "".join(result.output for result in outputs)


def test_F86_a_password_in_the_servers_address_is_not_remembered(scene: FaultScene) -> None:
    """AWS_ENDPOINT_URL has a password: the files are uploaded, exit 0, and neither the ledger, which records
    the server of each file, nor any other file has the password.
    """
    scene.write({"a.txt": "a"})
    scene.set_up(destination={"endpoint_url": None})
    address = scene.proxy.endpoint_url.replace("://", f"://user:{SECRETS['url']}@")

    result = scene.sync(env={"AWS_ENDPOINT_URL": address}).must(0)

    assert scene.ledger() == {"a.txt"}
    assert SECRETS["url"] not in result.output + scene.log()
    for name in ("mochok.db", "state.json"):
        assert SECRETS["url"].encode() not in (scene.folder / name).read_bytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_F86_no_secret_is_in_the_arguments_of_a_running_process(scene: FaultScene) -> None:
    """During a run, neither its command line nor that of a child process has a secret."""
    scene.write({"a.txt": "a"})
    scene.set_up("--sse-c=AES256", f"--sse-c-key={SECRETS['customer key']}")
    scene.proxy.when("PutObject", "ListObjectsV2", do=stay_silent)
    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("a request", lambda: scene.proxy.seen() or process.poll() is not None)
        assert process.poll() is None, (scene.root / "output").read_text()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    assert children == []
    assert scene.server.secret_key.encode() not in arguments
    assert SECRETS["customer key"].encode() not in arguments
