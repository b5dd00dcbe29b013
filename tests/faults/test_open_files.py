"""Too many open files: the run waits, and no file is skipped for it."""

from __future__ import annotations

import os

import pytest

from mochok.open_files import MINIMUM
from tests.e2e.harness import Result, installed_command
from tests.faults.scene import FaultScene

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a limit of POSIX")
LARGE = "x" * (9 * 1024 * 1024)


def limited(scene: FaultScene, limit: str, *arguments: str) -> Result:
    """Run ``mochok`` with a limit of open files, set with the options of ``ulimit``."""
    program = ["sh", "-c", f'ulimit {limit} && exec "$@"', "sh", installed_command()]
    return scene.run(*arguments, program=program)


@pytest.mark.parametrize("spare", [2, 60])
def test_F167_with_few_open_files_everything_is_uploaded(scene: FaultScene, spare: int) -> None:
    """The process may have only about 50 files open (or 110), and cannot raise that: 600 small files, 20
    large ones and 100 folders are uploaded, with fewer connections; nothing is skipped, exit 0.
    """
    scene.write({f"small/{number:04}.txt": "a" for number in range(600)})
    scene.write({f"folders/{number:03}/a.txt": "a" for number in range(100)})
    scene.write({f"large/{number:02}.bin": LARGE for number in range(20)})
    scene.set_up()

    result = limited(scene, f"-n {MINIMUM + spare}", "sync").must(0)

    assert scene.status() == ("Success", 720, 0)
    assert "lines are missing" not in result.output
    assert len(scene.names()) == 720


def test_F167_with_few_open_files_several_configurations_run(scene: FaultScene) -> None:
    """The process may have only about 60 files open, and eight configurations with several endpoints run at
    the same time: all files are uploaded, exit 0.
    """
    scene.write({f"{number:02}.txt": "a" for number in range(40)})
    scene.write({f"{number:02}.bin": LARGE for number in range(2)})
    addresses = (scene.proxy.endpoint_url, scene.server.endpoint_url)
    scene.configure(
        *(
            scene.one(
                name=f"C{number}",
                retry_minutes=2,
                destination={"endpoint_url": addresses[number % 2], "s3_path_structure": f"p{number}"},
            )
            for number in range(8)
        )
    )

    limited(scene, f"-n {MINIMUM + 12}", "sync", "--jobs", "8").must(0)

    assert len(scene.names()) == 8 * 42


def test_F168_a_limit_that_can_be_raised_is_raised(scene: FaultScene) -> None:
    """The soft limit of open files is 30, the hard one higher: Mochok raises it, exit 0."""
    scene.write({f"{number:03}.txt": "a" for number in range(300)})
    scene.set_up()
    limited(scene, "-S -n 30", "sync").must(0)
    assert len(scene.names()) == 300


def test_F168_a_limit_that_is_too_low_is_explained(scene: FaultScene) -> None:
    """The process may have only 30 files open and cannot raise that: exit 3 with the number and how to raise
    it, nothing is uploaded.
    """
    scene.write({"a.txt": "a"})
    scene.set_up()
    result = limited(scene, "-n 30", "sync").must(3)
    assert "this process may have 30 files open, which is too few" in result.flat
    assert scene.proxy.seen() == []
