"""Values from variables and files: what they insert is in no output and in no file that Mochok writes."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.scene import FaultScene
from tests.support.faults import refuse

VALUES = {
    "TOKEN": "t0k3n/of+the=partner",
    "OWNER": "id=0wn3r-canonical-user-id",
    "PAIRS": '{"first": "f1rst pair", "second": "s3cond pair"}',
    "HEADER": "no-store; \"qu0ted\" 'v4lue' \\ 100%",
    "PATTERN": "p4ttern-of-the-user",
}
CONTENT = "c0ntent of the file"
PARTS = (*VALUES.values(), CONTENT, "0wn3r-canonical-user-id", "f1rst pair", "s3cond pair")
COMMANDS = (
    ("sync", "--verbose", "--log-json", "events.jsonl"),
    ("sync", "--dry-run", "--verbose", "--json"),
    ("sync", "--target-date", "2025-01-14", "--json"),
    ("status",),
    ("status", "--json"),
    ("status", "--calendar"),
    ("status", "--gaps", "--json"),
    ("history",),
    ("history", "--json"),
    ("validate",),
    ("validate", "--show"),
    ("validate", "--json"),
    ("install", "--probe"),
    ("install", "--json"),
    ("install", "--as-scheduled"),
    ("explain", "Whole", "a.txt"),
)


def set_up(scene: FaultScene) -> None:
    (scene.folder / "secret").write_text(f"{CONTENT}\n")
    (scene.folder / "secret").chmod(0o600)
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.configure(
        scene.one(
            "--metadata=partner=${TOKEN},note=${file:secret}",
            "--grants",
            "read=${OWNER}",
            "--cache-control=${HEADER}",
            "--exclude=${PATTERN}-*",
        ),
        scene.one("--metadata", "${PAIRS}", "--content-disposition=${file:secret}", name="Second"),
    )


@pytest.mark.parametrize("answer", ["accepted", "refused"])
def test_F164_inserted_values_are_nowhere(scene: FaultScene, answer: str) -> None:
    """`sync_options` contain `${NAME}` and `${file:PATH}`, and the server accepts every upload, or refuses it
    and repeats what it received, also URL-encoded: the objects get the values, and no output, log, state,
    ledger or event file has one.
    """
    set_up(scene)
    if answer == "refused":
        echo = " ".join((*PARTS, *map(quote, PARTS))).replace("&", "&amp;").replace("<", "&lt;")
        scene.proxy.when("PutObject", do=refuse(400, "InvalidRequest", echo))
    before = {path for path in scene.folder.rglob("*") if path.is_file()}

    outputs = [scene.run(*arguments, env=VALUES) for arguments in COMMANDS]

    assert outputs[0].exit_code == (0 if answer == "accepted" else 1), outputs[0].output
    if answer == "accepted":
        metadata = scene.bucket.head("whole/a.txt")["Metadata"]
        assert metadata == {"partner": VALUES["TOKEN"], "note": CONTENT}
    written = {path for path in scene.folder.rglob("*") if path.is_file()} - before
    assert {"state.json", "mochok.db", "events.jsonl"} <= {path.name for path in written}
    shown = "\n".join([*(result.output for result in outputs), *map(read, written)])
    assert "Traceback" not in shown
    assert {result.exit_code for result in outputs} <= {0, 1, 3, 4}
    assert "${TOKEN}" in shown, "the summary has what the file has"
    words = ("t0k3n", "0wn3r", "f1rst", "s3cond", "qu0ted", "v4lue", "c0ntent")
    assert [word for word in words if word in shown] == []


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("option", ["--metadata=${WORD}", "--grants=${WORD}", "--expires=${WORD}", "${WORD}"])
def test_F165_a_mistake_in_an_inserted_value_does_not_show_it(scene: FaultScene, option: str) -> None:
    """The value of a variable is not valid where it is used: exit 2 with the location and `${NAME}`, and
    neither an output nor the log has the value, however short it is.
    """
    scene.write({"a.txt": "a"})
    scene.set_up(option)
    for command in (("sync",), ("sync", "--json"), ("validate",), ("validate", "--json")):
        result = scene.run(*command, env={"WORD": "s3cr3t"}).must(2)
        assert "correct the value of the environment variable" in result.flat
        assert "s3cr3t" not in result.output
    assert "s3cr3t" not in scene.log()
    assert scene.proxy.seen() == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_F166_a_file_that_every_user_can_read_is_not_inserted(scene: FaultScene) -> None:
    """`${file:PATH}` names a file that every user can read, that is missing, too large, a FIFO or a folder:
    exit 2 within seconds with the reason and how to correct it, and nothing is uploaded.
    """
    set_up(scene)
    secret = scene.folder / "secret"

    def told() -> str:
        result = scene.run("sync", env=VALUES).must(2)
        assert "c0ntent" not in result.output + scene.log()
        return result.flat

    secret.chmod(0o644)
    assert f"every user can read or change the file {secret} (fix with: chmod o-rw" in told()
    secret.chmod(0o600)
    secret.write_text("x" * 70_000)
    assert f"the file {secret} is larger than 64 KiB" in told()
    secret.unlink()
    assert f"the file {secret} does not exist" in told()
    os.mkfifo(secret, 0o600)
    assert f"{secret} is not a regular file" in told()
    secret.unlink()
    secret.mkdir()
    assert f"{secret} is not a regular file" in told()
    assert scene.proxy.seen() == []
