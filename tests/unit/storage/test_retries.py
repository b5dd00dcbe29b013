"""What is told of requests that are repeated: enough to understand, never a flood."""

from __future__ import annotations

from mochok.errors import ConnectionLostError, ThrottledError
from mochok.storage.retries import LOGGED_ONE_BY_ONE, RetryLog


class Told:
    """A log of repetitions and what it said."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.log = RetryLog(lambda level, message: self.lines.append((level, message)))


def test_a_repetition_says_what_why_which_attempt_and_how_long_the_wait_is() -> None:
    told = Told()
    told.log.record(ThrottledError("PutObject a.txt: 503 SlowDown", code="SlowDown"), 1, 5, 0.42)
    assert told.lines == [("DEBUG", "PutObject a.txt: 503 SlowDown; attempt 2 of 5 follows in 0.4 s")]


def test_many_repetitions_are_counted_instead_of_listed() -> None:
    told = Told()
    for _ in range(5000):
        told.log.record(ThrottledError("busy", code="SlowDown"), 1, 5, 1)
    told.log.record(ConnectionLostError("lost"), 1, 5, 1)
    told.log.sum_up()
    assert len(told.lines) == LOGGED_ONE_BY_ONE + 2
    assert told.lines[-1] == ("INFO", "5,001 requests were repeated (SlowDown 5,000, ConnectionLostError 1)")


def test_a_run_without_repetitions_says_nothing_and_the_sum_comes_once() -> None:
    told = Told()
    told.log.sum_up()
    assert told.lines == []
    told.log.record(ThrottledError("busy", code="AWS_ERROR_S3_SLOW_DOWN"), 1, 5, 1)
    told.log.sum_up()
    told.log.sum_up()
    assert told.lines[1:] == [("INFO", "1 request was repeated (SLOW_DOWN 1)")]
