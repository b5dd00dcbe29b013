"""What would be deleted by a mistake: a wrong folder, a missing disk, another configuration's objects."""

from __future__ import annotations

from tests.faults.scene import FaultScene

EVERYTHING = {"max_percent": 100, "max_objects": 100_000}


def test_F100_objects_of_another_configuration_are_never_deleted(scene: FaultScene) -> None:
    """Two configurations upload to overlapping destinations, and the outer one has --delete: both upload, no
    object of the inner one is deleted, whatever its day, and the outer one fails with its name, exit 1.
    """
    scene.write({"a.txt": "a"})
    scene.write({"2025-01-15/invoice.pdf": "i", "2024-12-31/invoice.pdf": "i"}, "days")
    outer = scene.one("--delete", name="Outer", prefix="backup", delete_guard=EVERYTHING)
    days = {"s3_path_structure": "backup/days/{year}/{month}/{day}", "endpoint_url": scene.proxy.endpoint_url}
    inner = scene.configuration("Inner", destination=days, local_base_path=str(scene.folder / "days"))
    scene.configure(outer, inner)
    scene.run("sync", "--target-date", "2024-12-31", "--only", "Inner").must(0)
    scene.bucket.put("backup/orphan.txt", "no local file")

    result = scene.sync().must(1)
    again = scene.sync("--only", "Outer", "--allow-deletes", "all").must(1)

    assert scene.bucket.keys() == {
        "backup/a.txt",
        "backup/orphan.txt",
        "backup/days/2025/01/15/invoice.pdf",
        "backup/days/2024/12/31/invoice.pdf",
    }
    assert "--delete would delete 1 object of the configuration 'Inner'" in result.flat
    assert "--delete would delete 2 objects of the configuration 'Inner'" in again.flat
    assert "s3_path_structure" in again.flat
    assert scene.status("Outer")[0] == "Failure"
    assert scene.status("Inner")[0] == "Success"


def test_F101_excluded_objects_do_not_make_a_deletion_look_smaller(scene: FaultScene) -> None:
    """120 objects are excluded by a filter, and 60 of the 100 others have no file any more: the deletion is
    60 % and is refused, exit 1.
    """
    root = scene.write({f"{number:03d}.txt": "t" for number in range(100)})
    scene.write({f"cache/{number:03d}.bin": "b" for number in range(120)})
    scene.set_up()
    scene.sync().must(0)
    for number in range(60):
        (root / f"{number:03d}.txt").unlink()
    scene.set_up("--delete", "--exclude=cache/*")

    result = scene.sync().must(1)

    assert "60 of 100 objects (60 %) would be deleted" in result.flat
    assert len(scene.names()) == 220
