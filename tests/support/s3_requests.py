"""The HTTP side of :mod:`tests.support.fake_s3`: which S3 operation a request is, and how it is answered."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from tests.support.fake_s3 import FakeS3, Recorded, StoredObject

_BLOCK_BYTES = 256 * 1024
_BUCKET_OPERATIONS = {
    ("HEAD", ""): "HeadBucket",
    ("PUT", ""): "CreateBucket",
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "uploads"): "ListMultipartUploads",
    ("POST", "delete"): "DeleteObjects",
}
_OBJECT_OPERATIONS = {
    ("HEAD", ""): "HeadObject",
    ("GET", ""): "GetObject",
    ("PUT", ""): "PutObject",
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", ""): "DeleteObject",
}


class Refusal(Exception):  # noqa: N818 - S3's answer, not a fault of the test
    """The request is answered with this status and S3 error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def operation_of(method: str, key: str, query: dict[str, str]) -> str:
    """S3's name for a request; an unknown one is called by its method."""
    known = _OBJECT_OPERATIONS if key else _BUCKET_OPERATIONS
    for (of_method, parameter), name in known.items():
        if method == of_method and parameter and parameter in query:
            return name
    return known.get((method, ""), method)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_request(self) -> None:
        from tests.support.fake_s3 import Recorded  # the two modules know each other

        path, _, text = self.path.partition("?")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        key = self.service.store_as(key)
        query = dict(parse_qsl(text, keep_blank_values=True))
        assert self.command is not None
        operation = operation_of(self.command, key, query)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Recorded(operation, bucket, key, query, headers)
        self.service.record(request)
        body, size, md5 = self.read_body()
        self.service.before_answer(request)
        try:
            self.answer(request, body, size, md5)
        except Refusal as refusal:
            self.reply(refusal.status, f"<Error><Code>{refusal.code}</Code></Error>")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_request  # noqa: N815 - the library's names

    @property
    def service(self) -> FakeS3:
        service: FakeS3 = self.server.service  # type: ignore[attr-defined]
        return service

    def read_body(self) -> tuple[bytes, int, bytes]:
        """The body, its size and its MD5."""
        left = int(self.headers.get("content-length") or 0)
        size, digest, blocks = left, hashlib.md5(), []
        while left:
            block = self.rfile.read(min(left, _BLOCK_BYTES))
            if not block:
                raise ConnectionError("the client hung up in the middle of its body")
            digest.update(block)
            blocks.append(block)
            left -= len(block)
        return b"".join(blocks), size, digest.digest()

    def answer(self, request: Recorded, body: bytes, size: int, md5: bytes) -> None:
        service = self.service
        match request.operation:
            case "HeadBucket" | "CreateBucket":
                self.reply(200)
            case "ListObjectsV2":
                self.reply(200, self.page(request))
            case "PutObject":
                self.reply(200, etag=service.put_object(request, body, size, md5).etag)
            case "CreateMultipartUpload":
                name = service.begin(request)
                wrapped = f"<UploadId>{name}</UploadId>"
                self.reply(200, _document("InitiateMultipartUploadResult", wrapped))
            case "UploadPart":
                service.part(request, body, size, md5)
                self.reply(200, etag=md5.hex())
            case "CompleteMultipartUpload":
                etag = service.complete(request).etag
                self.reply(200, _document("CompleteMultipartUploadResult", f"<ETag>{etag}</ETag>"), etag)
            case "AbortMultipartUpload":
                service.abort(request)
                self.reply(204)
            case "DeleteObject":
                service.delete(request.bucket, [request.key])
                self.reply(204)
            case "DeleteObjects":
                service.delete(request.bucket, _keys(body))
                self.reply(200, _document("DeleteResult", ""))
            case "HeadObject" | "GetObject" if request.key in service.objects(request.bucket):
                found = service.objects(request.bucket)[request.key]
                self.reply(200, found.content, found.etag)
            case "HeadObject" | "GetObject":
                raise Refusal(404, "NoSuchKey")
            case _:
                raise Refusal(501, "NotImplemented")

    def page(self, request: Recorded) -> str:
        """One page; the continuation token is how many objects came before, and where the listing began."""
        query = request.query
        prefix = query.get("prefix", "")
        token = query.get("continuation-token", f"0 {query.get('start-after', '')}")
        count, _, after = token.partition(" ")
        found = self.service.listing(request.bucket, prefix, after)
        begin = int(count)
        end = begin + min(int(query.get("max-keys", "1000")), self.service.page_keys)
        inner = "".join(_contents(each) for each in found[begin:end])
        more = end < len(found)
        token = f"{end} {after}"
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        following = f"<NextContinuationToken>{escape(token)}</NextContinuationToken>" if more else ""
        head = f"<Prefix>{quote(prefix)}</Prefix><EncodingType>url</EncodingType>"
        return _document("ListBucketResult", head + truncated + following + inner)

    def reply(self, status: int, body: str | bytes = b"", etag: str = "") -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if etag:
            self.send_header("ETag", f'"{etag}"')
        self.send_header("Content-Type", "application/xml")
        self.send_header("x-amz-request-id", "FAKE")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the recorded requests say it all."""


def _contents(each: StoredObject) -> str:
    when = each.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        f"<Contents><Key>{escape(quote(each.key, safe='/'))}</Key><LastModified>{when}</LastModified>"
        f"<ETag>&quot;{each.etag}&quot;</ETag><Size>{each.size_bytes}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def _document(name: str, inner: str) -> str:
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{space}">{inner}</{name}>'


def _keys(body: bytes) -> list[str]:
    root = ElementTree.fromstring(body)
    return [node.text or "" for node in root.iter() if node.tag.endswith("}Key")]
