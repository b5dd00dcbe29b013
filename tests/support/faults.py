"""The ways in which a server misbehaves, for ``FaultProxy.when(..., do=...)``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tests.support.fault_proxy import Exchange, Fault, Reply, pass_on

ENDLESS_BYTES = 3 * 1024**3
"""Enough to tell what is kept from what is not."""
_XML = (("Content-Type", "application/xml"),)


def xml_error(code: str, message: str = "as the test wants it", extra: str = "") -> bytes:
    """The body of an S3 error."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        f"{extra}<RequestId>4442587FB7D0A2F9</RequestId></Error>"
    ).encode()


def refuse(status: int, code: str, message: str = "as the test wants it", **headers: str) -> Fault:
    """Answer with an S3 error; ``headers`` with ``_`` for ``-``. The real server never hears of it."""
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    reply = Reply(status, xml_error(code, message), (*_XML, *more))
    return lambda exchange: exchange.answer(reply)


def busy_for(seconds: float) -> Fault:
    """Answer 503 until so many seconds after the first request, then rightly."""
    began: list[float] = []
    refusal = refuse(503, "SlowDown")

    def fault(exchange: Exchange) -> None:
        began.append(time.monotonic())
        if time.monotonic() - began[0] < seconds:
            refusal(exchange)
        else:
            pass_on(exchange)

    return fault


def say(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Fault:
    """Answer with exactly this."""
    return lambda exchange: exchange.answer(Reply(status, body, headers))


def reset_before_the_body(exchange: Exchange) -> None:
    """Break the connection as soon as the request's head has arrived."""
    exchange.hang_up()


def reset_in_the_body(exchange: Exchange) -> None:
    """Take half of the request's body, then break the connection."""
    exchange.read_part_of_body(exchange.body_length // 2)
    exchange.hang_up()


def reset_before_the_answer(exchange: Exchange) -> None:
    """Let the real server carry the request out, then break the connection instead of answering."""
    exchange.forward()
    exchange.hang_up()


def carry_out_late(moment: threading.Event, done: threading.Event) -> Fault:
    """Take the whole request, but hand it to the real server only at ``moment``; then set ``done``."""

    def fault(exchange: Exchange) -> None:
        exchange.read_body()
        moment.wait(60)
        exchange.forward()
        done.set()
        exchange.hang_up()

    return fault


def reset_in_the_answer(exchange: Exchange) -> None:
    """Send half of the real server's answer, then break the connection."""
    raw = exchange.forward().to_bytes(head_only=exchange.method == "HEAD")
    exchange.send(raw[: len(raw) // 2])
    exchange.hang_up()


def stay_silent(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.read_body()
    exchange.wait(600)


def one_byte_a_second(exchange: Exchange) -> None:
    """Answer rightly, a byte a second."""
    for byte in exchange.forward().to_bytes(head_only=exchange.method == "HEAD"):
        exchange.send(bytes([byte]))
        exchange.wait(1)


def endless(begin: bytes, more: bytes) -> Fault:
    """Answer with ``begin`` and then with ``more``, again and again, as fast as the client reads."""
    block = more * (1 + 65536 // len(more))

    def fault(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(begin)
        for _ in range(ENDLESS_BYTES // len(block)):
            exchange.send(block)
        exchange.hang_up()

    return fault


def answer_after(seconds: float) -> Fault:
    """Carry the request out and answer late."""

    def fault(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.wait(seconds)
        exchange.answer(reply)

    return fault


def change_answer(change: Callable[[bytes], bytes]) -> Fault:
    """The real server's answer with another body."""

    def fault(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.answer(Reply(reply.status, change(reply.body), reply.headers))

    return fault


def without_header(name: str) -> Fault:
    """The real server's answer without one of its headers."""

    def fault(exchange: Exchange) -> None:
        reply = exchange.forward()
        kept = tuple(pair for pair in reply.headers if pair[0].lower() != name.lower())
        exchange.answer(Reply(reply.status, reply.body, kept))

    return fault


def refuse_header(name_part: str, status: int, code: str) -> Fault:
    """Refuse a request that has a header whose name holds ``name_part``; pass on any other."""

    def fault(exchange: Exchange) -> None:
        if any(name_part in name for name in exchange.headers):
            exchange.answer(Reply(status, xml_error(code, f"{name_part} is no known header"), _XML))
        else:
            exchange.answer(exchange.forward())

    return fault


def first_do(action: Callable[[], object], then: Fault) -> Fault:
    """Something happens on the machine at this very moment; then the request meets ``then``."""

    def fault(exchange: Exchange) -> None:
        action()
        then(exchange)

    return fault
