"""A server that stores similar names under one key, whatever it calls itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.e2e.harness import Bucket, Workspace
from tests.faults.scene import FaultScene
from tests.support.fake_s3 import FakeS3
from tests.support.fault_proxy import WRITES, Exchange, Reply
from tests.support.faults import refuse

FOLDS: dict[str, tuple[Callable[[str], str], str, str]] = {
    "backslash": (lambda key: key.replace("\\", "/"), "a\\b", "a/b"),
    "plus": (lambda key: key.replace("+", " "), "a+b", "a b"),
    "percent": (unquote, "c%41", "cA"),
    "case": (str.lower, "D", "d"),
    "ending": (lambda key: "/".join(part.rstrip(". ") for part in key.split("/")), "e.", "e"),
}
"""How a server changes keys, and two that it makes one."""


def anonymous(exchange: Exchange) -> None:
    """A proxy that names itself as the server."""
    reply = exchange.forward()
    others = tuple(pair for pair in reply.headers if pair[0].lower() != "server")
    exchange.answer(Reply(reply.status, reply.body, (*others, ("Server", "nginx"))))


def test_F147_a_server_behind_a_proxy_is_known_by_what_it_does(scene: FaultScene) -> None:
    """SeaweedFS stores `a\\b` as `a/b`, and a proxy replaces its name: the file is skipped (unreadable) with
    the reason instead of overwriting the other, exit 5. A test of the server shows it, once, and leaves
    nothing behind.
    """
    scene.write({"a\\b": "one", "a/b": "two", "c": "three"})
    scene.set_up()
    scene.proxy.when(do=anonymous)

    result = scene.sync().must(5)

    assert "store the \\ in its name as a /" in result.flat
    assert scene.names() == {"a/b", "c"}
    assert scene.bucket.download("whole/a/b") == b"two"
    before = scene.proxy.count(*WRITES)
    scene.sync().must(5)
    assert scene.proxy.count(*WRITES) == before, "what was found out is remembered"


@pytest.mark.parametrize("kind", FOLDS)
def test_F148_names_that_a_server_mixes_up_are_left_out(tmp_path: Path, kind: str) -> None:
    """A server stores two names under one key (`+` and space, `%41` and `A`, capitals, a dot at the end): a
    test shows it, they are skipped (unreadable) with the reason, exit 5, and nothing is overwritten.
    """
    fold, first, second = FOLDS[kind]
    with FakeS3() as server:
        server.store_as = fold
        workspace = Workspace(tmp_path, server, Bucket(server, "names"))
        workspace.write({first: "one", second: "three", "other": "x"})
        workspace.configure(workspace.whole_folder())

        result = workspace.sync().must(5)

        assert "was not proven to keep such names apart" in result.flat
        alone = {"a/b"} if kind == "backslash" else {"e"} if kind == "ending" else set()
        assert set(server.objects("names")) == {"whole/other"} | {f"whole/{name}" for name in alone}
        assert {len(server.objects("names")[f"whole/{name}"].content) for name in alone} <= {5}
        workspace.bucket.close()


def test_F148_names_that_a_server_keeps_apart_are_all_uploaded(tmp_path: Path) -> None:
    """The server stores every name as it is: one test, every file is uploaded, exit 0; a dry run before it
    tests nothing.
    """
    names = {name for _fold, *pair in FOLDS.values() for name in pair}
    with FakeS3() as server:
        workspace = Workspace(tmp_path, server, Bucket(server, "names"))
        workspace.write(dict.fromkeys(sorted(names), "x"))
        workspace.configure(workspace.whole_folder())
        workspace.sync("--dry-run").must(0)
        assert server.objects("names") == {}

        workspace.sync().must(0)
        workspace.sync().must(0)

        assert set(server.objects("names")) == {f"whole/{name}" for name in names}
        probes = [one for one in server.of("PutObject") if ".mochok-probe-" in one.key]
        assert len({one.key for one in probes}) == len(probes), "one test"
        workspace.bucket.close()


def test_F149_a_test_that_is_refused_proves_nothing(scene: FaultScene) -> None:
    """The objects of the test may not be sent: names that need it are skipped (unreadable), other files are
    uploaded.
    """
    scene.write({"a\\b": "one", "c": "three"})
    scene.set_up()
    scene.proxy.when("PutObject", key="1\\1", do=refuse(403, "AccessDenied"))

    scene.sync().must(5)

    assert scene.names() == {"c"}
