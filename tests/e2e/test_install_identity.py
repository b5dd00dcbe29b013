"""`mochok install` asks AWS who the credentials are. SeaweedFS has no STS, so moto answers here."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.e2e.harness import Workspace


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The address of a local stand-in for AWS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def create_buckets(aws: str) -> None:
    """``plain-bucket`` without a default encryption, ``kms-bucket`` with one."""
    client = boto3.client(
        "s3",
        endpoint_url=aws,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="none",
        region_name="us-east-1",
    )
    for name in ("plain-bucket", "kms-bucket"):
        client.create_bucket(Bucket=name)
    client.delete_bucket_encryption(Bucket="plain-bucket")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    client.put_bucket_encryption(Bucket="kms-bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    client.close()


def test_the_account_the_user_and_the_encryption_of_each_bucket_are_reported(
    workspace: Workspace, aws: str
) -> None:
    create_buckets(aws)
    workspace.write({"a": "a"})
    workspace.configure(
        *(
            workspace.whole_folder(name, name, destination={"endpoint_url": aws, "bucket_name": name})
            for name in ("plain-bucket", "kms-bucket")
        )
    )

    result = workspace.run("install", env={"AWS_ENDPOINT_URL_STS": aws}).must(0)

    assert ":sts::123456789012:" in result.flat
    assert "of account 123456789012" in result.flat
    assert "warning bucket plain-bucket: no default encryption is set" in result.flat
    assert "ok bucket kms-bucket: new objects are encrypted (aws:kms)" in result.flat


def test_a_silent_sts_is_a_warning_and_no_more(workspace: Workspace, aws: str) -> None:
    workspace.write({"a": "a"})
    workspace.configure(
        workspace.whole_folder(destination={"endpoint_url": aws, "bucket_name": "new-bucket"})
    )

    result = workspace.run("install", env={"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}).must(0)

    assert "warning credentials of the default credential chain: GetCallerIdentity" in result.flat
    assert "the bucket new-bucket does not exist; it would be created" in result.flat
