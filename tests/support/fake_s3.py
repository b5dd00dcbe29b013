"""A small S3 server of the tests' own: serves the listing that a test asks for, records every request.

It is no substitute for the real server of the end-to-end tests. It is there for what a real one cannot be
told to do: list objects with a given LastModified, list out of order, wait in the middle of an upload so that
the test can change the file, and say afterwards which headers each request carried. Checksum headers and
Content-MD5 are verified as S3 does. Addressed by path; signatures are not checked; every bucket exists.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from awscrt import checksums

from tests.support.s3_requests import Handler, Refusal

NOW = datetime.now(UTC).replace(microsecond=0)
_CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "crc64nvme": lambda body: checksums.crc64nvme(body).to_bytes(8, "big"),
    "crc32": lambda body: checksums.crc32(body).to_bytes(4, "big"),
    "crc32c": lambda body: checksums.crc32c(body).to_bytes(4, "big"),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}


class StoredObject(NamedTuple):
    """What a listing tells of an object, and its content (empty if contents are not kept)."""

    key: str
    size_bytes: int
    modified: datetime
    etag: str
    content: bytes = b""


@dataclass(frozen=True)
class Recorded:
    """One request: S3's name for it, and what came with it. Header names are in lower case."""

    operation: str
    bucket: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class _Multipart:
    key: str
    parts: dict[int, tuple[int, bytes, bytes]] = field(default_factory=dict)  # size, MD5, content


Hook = Callable[[Recorded], None]


class FakeS3:
    """Runs from ``with`` to its end. ``order_key`` is how the server sorts what it lists; ``page_keys`` is
    the most that a page holds. ``before_body`` is called when a request's headers are there and its body has
    not been read yet, ``before_answer`` when the body has been read; both in the server's own threads.
    ``store_as`` changes keys, as some servers do.
    """

    access_key = "AKIAFAKEFAKEFAKEFAKE"
    secret_key = "fake/secret/fake/secret/fake/secret/fake"

    def __init__(
        self,
        *,
        order_key: Callable[[str], Any] = lambda key: key.encode(),
        page_keys: int = 1000,
        keep_contents: bool = True,
    ) -> None:
        self.order_key = order_key
        self.store_as: Callable[[str], str] = lambda key: key
        self.page_keys = page_keys
        self.keep_contents = keep_contents
        self.before_body: Hook = lambda _request: None
        self.before_answer: Hook = lambda _request: None
        self.requests: list[Recorded] = []
        self.faults: list[BaseException] = []
        self._buckets: dict[str, dict[str, StoredObject]] = {}
        self._sorted: dict[str, list[StoredObject]] = {}
        self._multipart: dict[str, _Multipart] = {}
        self._lock = threading.RLock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if kind is None and self.faults:
            raise self.faults[0]

    # What a test asks

    def of(self, operation: str, key: str | None = None) -> list[Recorded]:
        """The recorded requests of one kind, in order; of one key if it is given."""
        return [each for each in self.requests if each.operation == operation and key in (None, each.key)]

    def objects(self, bucket: str) -> dict[str, StoredObject]:
        """What the bucket holds now."""
        with self._lock:
            return dict(self._buckets.get(bucket, {}))

    @property
    def open_multipart_uploads(self) -> int:
        """Uploads that were begun and neither completed nor aborted."""
        return len(self._multipart)

    def put(
        self, bucket: str, key: str, content: bytes | int = b"", modified: datetime | None = None
    ) -> StoredObject:
        """Store an object; an integer stands for a content of that size."""
        data = b"" if isinstance(content, int) else content
        size = content if isinstance(content, int) else len(content)
        etag = hashlib.md5(data or str(size).encode()).hexdigest()
        return self._store(bucket, StoredObject(key, size, modified or NOW, etag, data))

    # What the handler asks

    def record(self, request: Recorded) -> None:
        with self._lock:
            self.requests.append(request)
        self.before_body(request)

    def listing(self, bucket: str, prefix: str, after: str) -> list[StoredObject]:
        """Everything below ``prefix`` behind ``after``, in this server's order."""
        with self._lock:
            if bucket not in self._sorted:
                found = self._buckets.get(bucket, {}).values()
                self._sorted[bucket] = sorted(found, key=lambda each: self.order_key(each.key))
            begin = self.order_key(after) if after else None
            return [
                each
                for each in self._sorted[bucket]
                if each.key.startswith(prefix) and (begin is None or self.order_key(each.key) > begin)
            ]

    def put_object(self, request: Recorded, body: bytes, size: int, md5: bytes) -> StoredObject:
        self._verify(request, body, md5)
        content = body if self.keep_contents else b""
        new = StoredObject(request.key, size, datetime.now(UTC), md5.hex(), content)
        return self._store(request.bucket, new)

    def begin(self, request: Recorded) -> str:
        with self._lock:
            name = f"upload-{len(self.requests)}-{len(self._multipart)}"
            self._multipart[name] = _Multipart(request.key)
        return name

    def part(self, request: Recorded, body: bytes, size: int, md5: bytes) -> None:
        self._verify(request, body, md5)
        number = int(request.query["partNumber"])
        self._of(request).parts[number] = (size, md5, body if self.keep_contents else b"")

    def complete(self, request: Recorded) -> StoredObject:
        upload = self._of(request)
        parts = [upload.parts[number] for number in sorted(upload.parts)]
        etag = f"{hashlib.md5(b''.join(md5 for _size, md5, _content in parts)).hexdigest()}-{len(parts)}"
        content = b"".join(content for _size, _md5, content in parts)
        size = sum(size for size, _md5, _content in parts)
        new = self._store(request.bucket, StoredObject(request.key, size, datetime.now(UTC), etag, content))
        self.abort(request)
        return new

    def abort(self, request: Recorded) -> None:
        with self._lock:
            self._multipart.pop(request.query["uploadId"], None)

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._buckets.get(bucket, {}).pop(self.store_as(key), None)
            self._sorted.pop(bucket, None)

    def _store(self, bucket: str, new: StoredObject) -> StoredObject:
        with self._lock:
            self._buckets.setdefault(bucket, {})[new.key] = new
            self._sorted.pop(bucket, None)
        return new

    def _of(self, request: Recorded) -> _Multipart:
        with self._lock:
            upload = self._multipart.get(request.query["uploadId"])
        if upload is None:
            raise Refusal(404, "NoSuchUpload")
        return upload

    def _verify(self, request: Recorded, body: bytes, md5: bytes) -> None:
        given = request.headers.get("content-md5")
        if given is not None and base64.b64decode(given) != md5:
            raise Refusal(400, "BadDigest")
        for name, compute in _CHECKSUMS.items():
            expected = request.headers.get(f"x-amz-checksum-{name}")
            if expected is not None and compute(body) != base64.b64decode(expected):
                raise Refusal(400, "BadDigest")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, service: FakeS3) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Called by the standard library when a handler raised: a client that hung up is no fault."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.service.faults.append(error)
