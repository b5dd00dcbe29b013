"""Trust in what was known: a recent listing is used only for the bucket that it was taken of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.scene import FaultScene
from tests.support.fake_s3 import FakeS3

MONTH: dict[str, Any] = {"reconcile_every_days": 30}


def uploaded(scene: FaultScene, name: str = "Whole") -> int:
    """How many files a run uploads, which must succeed."""
    scene.proxy.behave()
    scene.sync().must(0)
    return int(scene.result_of(name)["filesTransferred"])


def empty_bucket(scene: FaultScene) -> None:
    for key in scene.bucket.objects():
        scene.bucket.client.delete_object(Bucket=scene.bucket.name, Key=key)


def delete_bucket(scene: FaultScene) -> None:
    empty_bucket(scene)
    scene.bucket.client.delete_bucket(Bucket=scene.bucket.name)


@pytest.mark.parametrize("new_file", [False, True])
def test_F160_a_bucket_that_was_deleted_is_filled_again(scene: FaultScene, new_file: bool) -> None:
    """With reconcile_every_days: 30, the bucket is deleted between two runs: the next run creates it, lists
    it and uploads every file again, whether or not a file has changed.
    """
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.set_up(**MONTH)
    assert uploaded(scene) == 2
    delete_bucket(scene)
    if new_file:
        scene.write({"c.txt": "c"})

    assert uploaded(scene) == 2 + new_file
    assert scene.names() == {"a.txt", "b.txt", "c.txt"} - ({"c.txt"} if not new_file else set())
    assert uploaded(scene) == 0
    assert scene.proxy.count("ListObjectsV2") == 0, "it has been listed since it was created"


@pytest.mark.parametrize("first", ["Whole", "Other"])
def test_F161_a_bucket_that_another_configuration_created_is_filled_again(
    scene: FaultScene, first: str
) -> None:
    """The bucket was deleted, and another configuration, in the same run or one that ran alone before,
    creates it: a configuration with a recent listing uploads every file again.
    """
    scene.write({"a.txt": "a"})
    other = scene.one(name="Other", destination={"s3_path_structure": "other"})
    scene.configure(scene.one(**MONTH), other)
    scene.sync().must(0)
    delete_bucket(scene)

    if first == "Other":
        scene.sync("--only", "Other").must(0)
        scene.sync("--only", "Whole").must(0)
    else:
        scene.configure(other, scene.one(**MONTH))
        scene.sync("--jobs", "2").must(0)

    assert scene.bucket.keys() == {"whole/a.txt", "other/a.txt"}


@pytest.mark.parametrize("switched", ["endpoint", "credentials"])
def test_F162_another_server_or_account_is_listed(scene: FaultScene, switched: str) -> None:
    """With reconcile_every_days: 30, the profile gets another endpoint or another account's keys: the next
    run lists the bucket that it finds there, and uploads what is missing.
    """
    scene.write({"a.txt": "a"})
    whole = scene.one(**MONTH, destination={"endpoint_url": None, "aws_profile": "backup"})
    scene.configure(whole)
    with FakeS3() as here, FakeS3() as there:
        set_profile(scene, here.endpoint_url, "AKIAHEREHEREHEREHERE")
        assert uploaded(scene) == 1
        assert uploaded(scene) == 0
        assert operations(here).count("ListObjectsV2") == 1

        target = there if switched == "endpoint" else here
        set_profile(scene, target.endpoint_url, "AKIATHERETHERETHERE1")
        here.delete(scene.bucket.name, ["whole/a.txt"])
        assert uploaded(scene) == 1
        assert operations(target).count("ListObjectsV2") == (1 if switched == "endpoint" else 2)


def set_profile(scene: FaultScene, endpoint_url: str, access_key: str) -> None:
    (scene.home / "aws-config").write_text(f"[profile backup]\nendpoint_url = {endpoint_url}\n")
    keys = f"aws_access_key_id = {access_key}\naws_secret_access_key = {scene.server.secret_key}\n"
    (scene.home / "aws-credentials").write_text(f"[backup]\n{keys}")


def operations(server: FakeS3) -> list[str]:
    return [request.operation for request in server.requests]


def test_F163_a_run_that_deletes_ends_the_trust_in_listings_of_the_same_objects(scene: FaultScene) -> None:
    """One configuration deletes objects that another one, not in the file at that time, uploaded below the
    same prefix: the other one lists the bucket and uploads its files again.
    """
    scene.write({"a.txt": "a"})
    scene.write({"b.txt": "b"}, "inner")
    inner: dict[str, Any] = {"local_base_path": str(scene.folder / "inner"), **MONTH}

    def inner_configuration() -> dict[str, Any]:
        destination = {"s3_path_structure": "whole/inner"}
        return scene.one(name="Inner", destination=destination, **inner)

    scene.configure(scene.one(), inner_configuration())
    scene.sync().must(0)
    outer = scene.one("--delete", delete_guard={"max_percent": 100})
    scene.configure(outer)
    scene.sync().must(0)
    assert scene.names() == {"a.txt"}

    scene.configure(inner_configuration())
    assert uploaded(scene, "Inner") == 1
