"""State, ledger, log or terminal fail: the upload continues, and recorded results stay readable."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.e2e.harness import DAY, installed_command, noon_ns
from tests.faults.scene import FaultScene
from tests.support.fault_proxy import WRITES

POSIX = pytest.mark.skipif(os.name == "nt", reason="limits, permissions and pipes of POSIX")
FULL_DISK_BYTES = 8192
"""No file may grow beyond this, which is what a full disk looks like to a program."""


@POSIX
def test_F71_a_full_disk_keeps_the_old_state_and_the_files_still_arrive(scene: FaultScene) -> None:
    """The disk of state, ledger and log is full: the files are uploaded, what could not be written is
    reported, exit 1, the old state file is intact.
    """
    scene.write({"a.txt": "a"})
    scene.set_up()
    scene.sync().must(0)
    old = scene.state() | {"keptByAnotherProgram": "x" * 2 * FULL_DISK_BYTES}
    scene.state_path.write_text(json.dumps(old))
    scene.write({"b.txt": "b"})

    full_disk = ["prlimit", f"--fsize={FULL_DISK_BYTES}", installed_command()]
    result = scene.run("sync", "--target-date", DAY, program=full_disk).must(1)

    assert "state.json cannot be written" in result.flat
    assert scene.names() == {"a.txt", "b.txt"}
    assert scene.state() == old


@POSIX
def test_F71_a_read_only_state_folder_stops_before_anything_is_sent(scene: FaultScene) -> None:
    """The folder of the state file is not writable: exit 1 with its name, nothing is uploaded that could not
    be recorded.
    """
    scene.write({"a.txt": "a"})
    scene.configure(scene.one(), state_file="state/state.json")
    (scene.folder / "state").mkdir()
    (scene.folder / "state").chmod(0o500)

    result = scene.run_as_any_user("sync", "--target-date", DAY).must(1)

    assert "state.json" in result.flat
    assert scene.proxy.count(*WRITES) == 0


DAMAGED = (b'{"lastExecution": {"time', b"\0" * 300)
"""More kinds: tests/unit/state/test_state_found.py."""


def test_F72_a_damaged_state_file_is_set_aside_and_nothing_is_sent_for_it(scene: FaultScene) -> None:
    """state.json is truncated or full of NUL bytes: it is renamed to state.json.corrupt-..., this is
    reported, nothing is uploaded again or deleted because of it, exit 0.
    """
    scene.write({"a.txt": "a"})
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.proxy.behave()
    for content in DAMAGED:
        scene.state_path.write_bytes(content)

        result = scene.sync().must(0)

        [aside] = scene.folder.glob("state.json.corrupt-*")
        assert aside.read_bytes() == content
        assert aside.name in result.flat
        assert aside.name in scene.log()
        assert scene.status()[0] == "Success"
        aside.unlink()
    assert scene.proxy.count(*WRITES) == 0


def test_F73_a_damaged_ledger_is_set_aside_and_nothing_is_sent_again(scene: FaultScene) -> None:
    """mochok.db is overwritten with garbage: it is renamed, this is reported, size and time decide, nothing
    is uploaded again, exit 0, and the next run has a ledger.
    """
    root = scene.write({"a.txt": "a", "b.txt": "b"})
    for path in root.iterdir():
        os.utime(path, ns=(noon_ns(DAY), noon_ns(DAY)))
    scene.set_up()
    scene.sync().must(0)
    scene.proxy.behave()
    (scene.folder / "mochok.db").write_bytes(os.urandom(20_000))

    result = scene.sync().must(0)

    assert list(scene.folder.glob("mochok.db.*corrupt*"))
    assert "mochok.db" in result.flat
    assert scene.proxy.count(*WRITES) == 0
    assert scene.ledger() == {"a.txt", "b.txt"}


@pytest.mark.parametrize("kind", ["file in its place", "link"])
def test_F80_a_log_that_cannot_be_written_is_told_and_harms_nothing(scene: FaultScene, kind: str) -> None:
    """The log folder is a file, or the month's log is a link to another file: this is reported on the
    terminal, the files are uploaded, exit 0, and the link's target is not changed.
    """
    target = scene.root / "precious.txt"
    target.write_text("precious")
    log = scene.folder / "log"
    if kind == "link":
        scene.write({"a.txt": "a"})
        scene.set_up()
        scene.sync().must(0)
        [month] = log.iterdir()
        month.unlink()
        month.symlink_to(target)
        scene.write({"b.txt": "b"})
    else:
        log.write_text("a file")
        scene.write({"a.txt": "a", "b.txt": "b"})
        scene.set_up()

    result = scene.sync().must(0)

    assert scene.names() == {"a.txt", "b.txt"}
    assert target.read_text() == "precious"
    assert "lines are missing" in result.flat


@POSIX
def test_F81_a_reader_that_goes_away_does_not_stop_the_upload(scene: FaultScene) -> None:
    """The reader of stdout exits at once (such as "| head"): all files are uploaded and the state is written;
    no traceback, exit 0.
    """
    scene.write({f"{number}.txt": "x" for number in range(20)})
    scene.set_up()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [installed_command(), "sync", "--target-date", DAY, "--verbose"],
            cwd=scene.folder,
            env=scene.environment({}),
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)

    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert len(scene.names()) == 20
    assert scene.status() == ("Success", 20, 0)


@POSIX
def test_F81_a_locale_without_accents_and_a_narrow_terminal_will_do(scene: FaultScene) -> None:
    """The locale is C or ISO-8859-1 and the terminal has 40 columns: names with accents and emoji are
    uploaded exactly, a second run has nothing to do, characters that the terminal cannot show are escaped,
    exit 0.
    """
    names = {"árbol.txt", "日本語.txt", "😀.txt"}
    scene.write({name: name for name in names})
    scene.set_up()
    usual = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "", "PYTHONIOENCODING": "ascii", "COLUMNS": "40"}
    # To Python this is a locale in which file names are not UTF-8, on machines that have no such locale too.
    old = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "iso-8859-1"}

    first = run_raw(scene, usual)
    second = run_raw(scene, usual | old)

    assert scene.names() == names
    assert scene.proxy.count("PutObject") == len(names)
    assert "árbol.txt" in scene.log()
    assert b"\\xe1rbol.txt" in first
    assert "árbol.txt".encode("iso-8859-1") in second
    assert b"\\U0001f600.txt" in second


def run_raw(scene: FaultScene, env: dict[str, str]) -> bytes:
    """The bytes that a successful run writes to its terminal."""
    done = subprocess.run(
        [installed_command(), "sync", "--target-date", DAY, "--verbose"],
        cwd=scene.folder,
        env=scene.environment(env),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"UnicodeEncodeError" not in done.stdout + done.stderr
    return done.stdout


@POSIX
def test_F81_without_a_home_folder_a_run_works_all_the_same(scene: FaultScene) -> None:
    """HOME is not set and TZ is invalid: a run with --config works, exit 0."""
    scene.write({"a.txt": "a"})
    scene.set_up()
    homeless = {"TZ": "Nowhere/Atlantis", "HOME": None, "XDG_CONFIG_HOME": None}

    scene.sync("--config", str(scene.config_path), env=homeless).must(0)

    assert scene.names() == {"a.txt"}
