"""botocore's requests through the bounded client, because botocore keeps an answer of any size.

These are the questions of ``mochok install`` and ``explain``, and the services for credentials (STS, SSO).
The metadata services of machines and containers are asked by a part of botocore that has no such hook.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import botocore.awsrequest
import botocore.exceptions
import botocore.session

from mochok.clock import Stop
from mochok.errors import CertificateError, EndpointUnreachableError
from mochok.storage.crt_call import Call, carry_out
from mochok.storage.http_client import HttpClient, Request, Trust

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60


def send_bounded(session: botocore.session.Session, trust: Trust) -> None:
    """Have all clients that ``session`` makes from now on send their requests here.

    A handler of ``before-send`` that returns an answer replaces the sending (botocore, ``endpoint.py``).
    """
    session.register("before-send", partial(_send, trust))


class _Body:
    """What botocore reads an answer from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_options: object) -> Iterator[bytes]:
        yield self._body


def _send(trust: Trust, request: Any, **_event: object) -> botocore.awsrequest.AWSResponse:
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    client = HttpClient(
        (secure, parts.hostname or "", parts.port or (443 if secure else 80)), trust, _CONNECT_SECONDS
    )
    call = Call("", "")
    sender = threading.Thread(
        target=carry_out, args=(call, client, lambda: _plain(request, parts)), daemon=True
    )
    sender.start()
    try:
        call.wait(Stop(), _ANSWER_SECONDS)
    except EndpointUnreachableError as error:
        raise botocore.exceptions.ReadTimeoutError(endpoint_url=request.url, error=error) from error
    finally:
        client.close()
    if call.status == 0:
        unsafe = isinstance(call.error, CertificateError)
        kind = botocore.exceptions.SSLError if unsafe else botocore.exceptions.EndpointConnectionError
        raise kind(endpoint_url=request.url, error=call.error) from call.error
    return botocore.awsrequest.AWSResponse(request.url, call.status, call.headers, _Body(call.body))


def _plain(request: Any, parts: Any) -> Request:
    headers = {str(name): _text(value) for name, value in request.headers.items()}
    headers.setdefault("Host", parts.netloc.rpartition("@")[2])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = request.body or b""
    content = body.read() if hasattr(body, "read") else body
    return Request(
        request.method,
        target,
        tuple(headers.items()),
        content.encode() if isinstance(content, str) else content,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
