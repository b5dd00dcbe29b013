"""Finding the bucket: it is in another region, belongs to another account, or does not exist."""

from __future__ import annotations

import os
import socket

import pytest

from mochok.demo.server import free_ports
from mochok.storage.contract import SINGLE_PART_BYTES
from tests.faults.scene import IMPATIENT, LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, Exchange, Fault, Reply
from tests.support.faults import first_do, refuse, say, stay_silent, xml_error

NOT_FOUND = say(404)


@pytest.fixture
def simple(scene: FaultScene) -> FaultScene:
    scene.write({"a.txt": "a"})
    scene.set_up()
    return scene


def redirect(region: str) -> Fault:
    """A 301 that names the bucket's region, unless the request is signed for it."""

    def fault(exchange: Exchange) -> None:
        if f"/{region}/s3/" in exchange.headers["authorization"]:
            exchange.answer(exchange.forward())
        else:
            exchange.answer(Reply(301, b"", (("x-amz-bucket-region", region),)))

    return fault


def test_F50_a_bucket_in_another_region_is_followed_there_once(simple: FaultScene) -> None:
    """The server answers 301 with the bucket's region: all further requests are signed for that region, the
    log reports it, exit 0.
    """
    simple.proxy.when(do=redirect("eu-west-1"))

    simple.sync().must(0)

    assert simple.names() == {"a.txt"}
    assert "is in eu-west-1, not in us-east-1" in simple.log()
    assert simple.proxy.count("HeadBucket") == 2


def test_F50_a_redirection_without_a_region_is_explained_and_not_followed(simple: FaultScene) -> None:
    """The server answers 301 with another address and without a region: nothing is sent there, exit 1 with
    the hint to correct aws_region.
    """
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        simple.proxy.when(do=refuse(301, "PermanentRedirect", Location=address))

        result = simple.sync().must(1)

        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert "aws_region" in result.flat
    assert simple.proxy.count(*WRITES) == 0


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        (refuse(403, "AccessDenied"), 3),
        (refuse(400, "BadRequest"), 1),
        (refuse(500, "InternalError"), 1),
        (stay_silent, 1),
    ],
    ids=["F51 403", "F53 400", "F53 500", "F53 silence"],
)
def test_F53_only_a_missing_bucket_is_ever_created(simple: FaultScene, fault: Fault, exit_code: int) -> None:
    """HeadBucket is answered with 403 (F51), 400, 500 or not at all: even with create_bucket, no bucket is
    created; exit 3 for 403, otherwise 1; no file is uploaded.
    """
    simple.set_up(*IMPATIENT)
    simple.proxy.when("HeadBucket", "ListObjectsV2", do=fault)

    simple.sync().must(exit_code)

    assert simple.proxy.count(*WRITES) == 0
    assert simple.names() == set()
    assert simple.status()[0] == "Failure"


@pytest.mark.parametrize(
    ("region", "constraint"), [("us-east-1", b""), ("eu-west-1", b">eu-west-1</LocationConstraint>")]
)
def test_F52_a_missing_bucket_is_created_once_in_the_right_region(
    simple: FaultScene, region: str, constraint: bytes
) -> None:
    """The bucket does not exist: it is created with one request for the right region (without a location for
    us-east-1, which S3 refuses as a location), then the files are uploaded, exit 0.
    """
    simple.set_up(destination={"aws_region": region})
    simple.proxy.when("HeadBucket", times=2, do=NOT_FOUND)
    simple.proxy.when("CreateBucket", do=say(200))
    simple.proxy.when("PutBucketSetting", do=say(200))

    simple.sync().must(0)

    [creation] = simple.proxy.seen("CreateBucket")
    assert constraint in creation.body
    assert (b"LocationConstraint" in creation.body) == bool(constraint)
    assert simple.names() == {"a.txt"}


def test_F54_a_bucket_that_appears_meanwhile_is_used(simple: FaultScene) -> None:
    """Creating the bucket is answered with "already owned by you" (another program was faster): it is used,
    exit 0.
    """
    simple.proxy.when("HeadBucket", times=2, do=NOT_FOUND)
    simple.proxy.when("CreateBucket", do=refuse(409, "BucketAlreadyOwnedByYou"))
    simple.proxy.when("PutBucketSetting", do=say(200))

    simple.sync().must(0)

    assert simple.names() == {"a.txt"}


def test_F54_a_name_that_belongs_to_somebody_else_ends_the_run(simple: FaultScene) -> None:
    """Creating the bucket is answered with "already exists": exit 3, no file is uploaded to another account's
    bucket.
    """
    simple.proxy.when("HeadBucket", do=NOT_FOUND)
    simple.proxy.when("CreateBucket", do=refuse(409, "BucketAlreadyExists"))

    result = simple.sync().must(3)

    assert "belongs to another account" in result.flat
    assert simple.proxy.count("PutObject") == 0


def test_F54_a_creation_that_is_under_way_elsewhere_is_waited_for(simple: FaultScene) -> None:
    """Creating the bucket is answered with OperationAborted twice: it is repeated after a pause, exit 0."""
    simple.proxy.when("HeadBucket", times=2, do=NOT_FOUND)
    simple.proxy.when("CreateBucket", times=2, do=refuse(409, "OperationAborted"))
    simple.proxy.when("CreateBucket", do=say(200))
    simple.proxy.when("PutBucketSetting", do=say(200))

    simple.sync().must(0)

    assert simple.proxy.count("CreateBucket") == 3
    assert simple.names() == {"a.txt"}


def test_F54_a_setting_that_the_server_lacks_is_a_warning(simple: FaultScene) -> None:
    """The settings of a new bucket are answered with NotImplemented: one warning for each, the files are
    uploaded, exit 0.
    """
    simple.proxy.when("HeadBucket", times=2, do=NOT_FOUND)
    simple.proxy.when("CreateBucket", do=say(200))
    simple.proxy.when("PutBucketSetting", do=say(501, xml_error("NotImplemented")))

    simple.sync().must(0)

    assert simple.result_of("Whole")["warnings"] == 4
    assert simple.names() == {"a.txt"}


def test_F47_a_server_that_dies_in_the_middle_ends_the_run_in_seconds(scene: FaultScene) -> None:
    """The server stops after the third upload, with `retry_minutes: 0`: the run ends with exit 1 within
    seconds instead of trying each file for minutes; state and ledger have the finished uploads.
    """
    scene.write({f"{number:03d}.txt": "x" for number in range(60)})
    scene.set_up()
    scene.proxy.when("PutObject", after=3, times=1, do=first_do(scene.proxy.die, Exchange.hang_up))

    result = scene.sync().must(1)

    assert scene.status()[0] == "Failure"
    assert scene.ledger() <= scene.names()
    assert "check that the server is running" in result.flat


def test_F47_a_server_that_restarts_in_the_middle_is_waited_for(scene: FaultScene) -> None:
    """The server stops during the uploads of a run and during the deletions of the next, and refuses
    connections for three seconds: within `retry_minutes` both runs do everything, exit 0.
    """
    small = {f"{number:03d}.txt": "x" for number in range(60)}
    root = scene.write(small | {"large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up("--delete", retry_minutes=2)
    restart = first_do(lambda: scene.proxy.restart(3), Exchange.hang_up)
    scene.proxy.when("UploadPart", after=1, times=1, do=restart)

    scene.sync().must(0)

    assert scene.proxy.count("UploadPart") > -(-LARGE_BYTES // SINGLE_PART_BYTES)  # one was hung up on
    assert len(scene.names()) == 61
    assert scene.ledger() == scene.names()
    assert scene.open_uploads() == []

    (root / "large.bin").unlink()
    scene.proxy.behave()
    scene.proxy.when("DeleteObjects", times=1, do=restart)

    scene.sync().must(0)

    assert scene.names() == small.keys()


def test_F47_a_port_on_which_nothing_listens_is_reported_everywhere(scene: FaultScene) -> None:
    """The server's port is closed: exit 1; the terminal, the log and state.json have the address, in Mochok's
    own words.
    """
    scene.write({f"{number}.txt": "x" for number in range(20)})
    address = f"127.0.0.1:{free_ports(1)[0]}"
    scene.set_up(destination={"endpoint_url": f"http://{address}"})

    result = scene.sync().must(1)

    words = f"the server {address} cannot be reached: connection refused"
    state = scene.result_of("Whole")
    assert words in result.flat
    assert words in scene.errors()[0]
    assert (state["lastStatus"], state["lastMessage"], state["consecutiveFailures"]) == ("Failure", words, 1)


def test_F47_a_host_name_that_does_not_exist_is_told_in_seconds(scene: FaultScene) -> None:
    """The server's host name does not exist: exit 1 at once with the name and what to check, nothing else
    happens.

    The name is longer than any can be, so the answer comes from this machine alone.
    """
    scene.write({"a.txt": "a"})
    name = ".".join(["abcdefghi"] * 30)
    scene.set_up(destination={"endpoint_url": f"http://{name}"})

    result = scene.sync().must(1)

    assert "host name" in result.flat
    assert scene.status()[0] == "Failure"


def test_F65_two_servers_on_one_host_get_each_their_own_files(scene: FaultScene) -> None:
    """Two configurations upload to two ports of one host at the same time: each server gets only its own
    files.
    """
    from tests.support.fault_proxy import FaultProxy  # the second one is of this test alone

    with FaultProxy(scene.server.endpoint_url) as other:
        scene.write({f"{number}.txt": "x" for number in range(20)})
        two = scene.one(name="Two", prefix="two", destination={"endpoint_url": other.endpoint_url})
        scene.configure(scene.one(name="One", prefix="one"), two)

        scene.sync("--jobs", "2").must(0)

        assert {one.key[:4] for one in scene.proxy.seen("PutObject")} == {"one/"}
        assert {one.key[:4] for one in other.seen("PutObject")} == {"two/"}
    assert len(scene.bucket.objects()) == 40


ABORT = b"<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"


def test_F150_a_new_bucket_clears_unfinished_uploads_away(simple: FaultScene) -> None:
    """Mochok creates the bucket: a rule aborts unfinished uploads after seven days. Rules that the server
    gave the bucket itself are left as they are.
    """
    for rules, sent in (
        (refuse(404, "NoSuchLifecycleConfiguration"), 1),
        (say(200, b"<LifecycleConfiguration><Rule/></LifecycleConfiguration>"), 0),
    ):
        simple.proxy.behave()
        simple.proxy.when("HeadBucket", times=2, do=NOT_FOUND)
        simple.proxy.when("CreateBucket", do=say(200))
        simple.proxy.when("PutBucketSetting", do=say(200))
        simple.proxy.when("GetBucket", do=rules)

        simple.sync().must(0)

        settings = simple.proxy.seen("PutBucketSetting")
        assert sum(ABORT in one.body for one in settings) == sent
        assert len(settings) == 3 + sent
        assert simple.result_of("Whole")["warnings"] == 0
