"""Times that hide a change: a program sets a modification time back, or changes only attributes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scene import LARGE_BYTES, FaultScene
from tests.support.fault_proxy import Exchange, Reply
from tests.support.faults import refuse

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the change times of POSIX")

TRUST = [pytest.param({}, id="listing"), pytest.param({"reconcile_every_days": 30}, id="ledger")]


def rewrite(path: Path, content: bytes) -> None:
    """As ``touch -r`` and programs that restore times do it: other content, the same modification time."""
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def requests(scene: FaultScene) -> tuple[int, int]:
    """Since the last call: how many objects were looked at, and how many were written."""
    heads = scene.proxy.count("HeadObject")
    writes = scene.proxy.count("PutObject", "CreateMultipartUpload")
    scene.proxy.behave()
    return heads, writes


@pytest.mark.parametrize("changes", TRUST)
def test_F130_another_content_with_the_same_size_and_time_is_uploaded(
    scene: FaultScene, changes: dict[str, Any]
) -> None:
    """Files are rewritten with the same size and the modification time of before (touch -r): their contents
    are compared with the server's checksums, those that differ are uploaded, exit 0.
    """
    root = scene.write({"a.txt": b"old", "b.txt": b"same", "large.bin": b"1" * LARGE_BYTES})
    scene.set_up(**changes)
    scene.sync().must(0)
    rewrite(root / "a.txt", b"new")
    rewrite(root / "b.txt", b"same")
    rewrite(root / "large.bin", b"2" * LARGE_BYTES)
    scene.proxy.behave()

    scene.sync().must(0)

    assert requests(scene) == (3, 2)
    assert scene.bucket.download("whole/a.txt") == b"new"
    assert scene.bucket.download("whole/large.bin") == b"2" * LARGE_BYTES
    scene.sync().must(0)
    assert requests(scene) == (0, 0)


@pytest.mark.parametrize("changes", TRUST)
def test_F131_a_change_of_attributes_alone_uploads_nothing(
    scene: FaultScene, changes: dict[str, Any]
) -> None:
    """Permissions of files change, or they get another hard link: each content is compared once, nothing is
    uploaded; the next run compares nothing.
    """
    names = {f"{number:03}.txt": f"{number}" for number in range(300)}
    root = scene.write({**names, "large.bin": b"1" * LARGE_BYTES})
    scene.set_up(**changes)
    scene.sync().must(0)
    for path in root.iterdir():
        path.chmod(0o600)
    scene.proxy.behave()

    scene.sync().must(0)
    assert requests(scene) == (301, 0)
    scene.sync().must(0)
    assert requests(scene) == (0, 0)

    os.link(root / "000.txt", scene.folder / "second-name")
    scene.sync().must(0)
    assert requests(scene) == (1, 0)


def test_F132_many_changes_of_attributes_do_not_hide_one_of_the_content(scene: FaultScene) -> None:
    """Permissions change before every run, and once the content with them: it is uploaded in that run."""
    path = scene.write({"a.txt": b"old"}) / "a.txt"
    scene.set_up()
    scene.sync().must(0)
    for mode in (0o600, 0o640, 0o644, 0o600, 0o640):
        path.chmod(mode)
        scene.sync().must(0)
    assert scene.proxy.count("PutObject") == 1
    rewrite(path, b"new")

    scene.sync().must(0)

    assert scene.bucket.download("whole/a.txt") == b"new"


def proves_nothing(exchange: Exchange) -> None:
    """The answer of a server that keeps no checksum, and whose ETag is no MD5."""
    reply = exchange.forward()
    kept = [pair for pair in reply.headers if not pair[0].lower().startswith(("x-amz-checksum", "etag"))]
    exchange.answer(Reply(reply.status, reply.body, (*kept, ("ETag", '"opaque"'))))


@pytest.mark.parametrize("answer", [proves_nothing, refuse(403, "AccessDenied")], ids=["opaque", "denied"])
def test_F133_a_content_that_cannot_be_compared_is_uploaded_once(scene: FaultScene, answer: object) -> None:
    """The same, but the server keeps no checksum, or does not answer HeadObject (403): the file is uploaded
    again, once; the next run uploads nothing.
    """
    assert callable(answer)
    path = scene.write({"a.txt": b"old"}) / "a.txt"
    scene.set_up()
    scene.sync().must(0)
    path.chmod(0o600)
    scene.proxy.behave()
    scene.proxy.when("HeadObject", key="a.txt", do=answer)

    scene.sync().must(0)
    assert requests(scene) == (1, 1)

    scene.proxy.when("HeadObject", key="a.txt", do=answer)
    scene.sync().must(0)
    assert requests(scene) == (0, 0)


def test_F134_a_ledger_without_change_times_takes_those_of_today(scene: FaultScene) -> None:
    """The ledger comes from a version that did not record change times: nothing is compared or uploaded, and
    from then on they count.
    """
    path = scene.write({"a.txt": b"old"}) / "a.txt"
    scene.set_up()
    scene.sync().must(0)
    with closing(sqlite3.connect(scene.folder / "mochok.db", isolation_level=None)) as connection:
        connection.execute("UPDATE files SET ctime_ns = NULL")
    scene.proxy.behave()

    scene.sync().must(0)
    assert requests(scene) == (0, 0)
    rewrite(path, b"new")
    scene.sync().must(0)

    assert scene.bucket.download("whole/a.txt") == b"new"
