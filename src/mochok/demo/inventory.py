"""What is in the bucket, read with another client than the engine that uploaded it."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from mochok.demo.sample import Expected
from mochok.demo.server import S3Server

CHUNK_SIZE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """One configuration's files and objects. ``wrong`` are the keys whose object is not the file."""

    name: str
    files: int
    objects: int
    size_bytes: int
    wrong: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return not self.wrong


class Inventory:
    """Reads the server through boto3."""

    def __init__(self, server: S3Server, bucket: str) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key -> size in bytes of every object below ``prefix``; none if there is no bucket."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        try:
            return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", ())}
        except self._client.exceptions.NoSuchBucket:
            return {}

    def sha256(self, key: str) -> str:
        """The digest of an object's bytes, downloaded."""
        digest = hashlib.sha256()
        with closing(self._client.get_object(Bucket=self._bucket, Key=key)["Body"]) as body:
            for chunk in body.iter_chunks(CHUNK_SIZE_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def close(self) -> None:
        self._client.close()

    def compare(self, name: str, prefix: str, expected: Expected) -> Comparison:
        """Compare every object below ``prefix`` with its file, byte for byte."""
        sizes = self.sizes(prefix)
        wrong = sorted(sizes.keys() ^ expected.keys())
        for key in sorted(sizes.keys() & expected.keys()):
            if self.sha256(key) != _sha256_of_file(expected[key]):
                wrong.append(key)
        return Comparison(name, len(expected), len(sizes), sum(sizes.values()), tuple(wrong))


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
