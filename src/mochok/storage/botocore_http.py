"""botocore's requests with answers that are bounded in size and time: it keeps one of any size by itself.

These are the questions of ``mochok install`` and ``explain``, and the services for credentials (STS, SSO).
The metadata services of machines and containers are asked by a part of botocore that has no such hook.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, HTTPClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from mochok.storage.http_client import MOST_BODY_BYTES, Trust

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
_PIECE_BYTES = 64 * 1024


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


def _send(trust: Trust, request: Any, **_event: object) -> AWSResponse:
    """In a thread, because a time-out of the socket begins anew with each byte that drips."""
    http = URLLib3Session(
        verify=(trust.ca_bundle or True) if trust.verify else False,
        proxies=get_environ_proxies(request.url),
        timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
    )
    outcomes: queue.SimpleQueue[AWSResponse | BotoCoreError] = queue.SimpleQueue()
    threading.Thread(target=_ask, args=(http, request, outcomes), name="aws-request", daemon=True).start()
    try:
        outcome = outcomes.get(timeout=_CONNECT_SECONDS + _ANSWER_SECONDS)
    except queue.Empty:
        raise ReadTimeoutError(endpoint_url=request.url) from None
    finally:
        http.close()
    if isinstance(outcome, BotoCoreError):
        raise outcome
    return outcome


def _ask(
    http: URLLib3Session, request: Any, outcomes: queue.SimpleQueue[AWSResponse | BotoCoreError]
) -> None:
    request.stream_output = True
    try:
        answer = http.send(request)
        outcomes.put(AWSResponse(answer.url, answer.status_code, answer.headers, _Body(_read(answer.raw))))
    except BotoCoreError as error:
        outcomes.put(error)
    except (HTTPError, OSError) as error:
        outcomes.put(HTTPClientError(error=error))


def _read(raw: Any) -> bytes:
    body = bytearray()
    for piece in raw.stream(_PIECE_BYTES):
        body += piece
        if len(body) > MOST_BODY_BYTES:
            raw.close()
            raise HTTPClientError(error=f"the answer exceeds {MOST_BODY_BYTES >> 20} MiB")
    return bytes(body)
