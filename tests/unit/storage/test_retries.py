"""How long requests are repeated, and what is logged of it: enough to understand, never a flood."""

from __future__ import annotations

import pytest

from mochok.errors import (
    ChecksumMismatchError,
    ConnectionLostError,
    EndpointUnreachableError,
    NoConnectionError,
    ServerFaultError,
    StorageError,
    ThrottledError,
)
from mochok.storage.retries import ATTEMPTS, LOGGED_ONE_BY_ONE, MOST_PAUSE_SECONDS, Retries, Server


class Told:
    """Repetitions with a budget, what they log, and their clock."""

    def __init__(self, budget_seconds: float = 0, server: Server | None = None) -> None:
        self.lines: list[tuple[str, str]] = []
        self.now = 1000.0
        self.retries = Retries(
            lambda *line: self.lines.append(line), budget_seconds, lambda: self.now, server
        )

    def fails_for(self, error: StorageError, since: float | None = None) -> tuple[float, int]:
        """Repeat a request that always fails until it is given up: how long that took, and its attempts."""
        began, attempt = self.now if since is None else since, 1
        while (pause := self.retries.pause_seconds(error, attempt, began)) is not None:
            assert pause > 0
            self.now += pause
            attempt += 1
        return self.now - began, attempt


def busy() -> StorageError:
    return ThrottledError("PutObject a.txt: 503 SlowDown", code="SlowDown")


@pytest.mark.parametrize("kind", [ThrottledError, ServerFaultError, ConnectionLostError])
def test_an_unavailable_server_is_asked_again_until_the_budget_ends(
    kind: type[StorageError],
) -> None:
    took, attempts = Told(600).fails_for(kind("busy"))
    assert 600 <= took <= 601
    assert 600 / MOST_PAUSE_SECONDS <= attempts < 200, "pauses grow: no storm"


def test_without_a_budget_and_for_other_faults_there_are_five_attempts() -> None:
    assert Told(0).fails_for(busy())[1] == ATTEMPTS
    assert Told(600).fails_for(ChecksumMismatchError("damaged"))[1] == ATTEMPTS


def test_a_server_that_refuses_connections_is_waited_for_only_if_it_has_answered() -> None:
    refused = NoConnectionError("connection refused")
    told = Told(600)
    assert told.fails_for(refused) == (0, 1), "a wrong address must not take ten minutes"
    told.retries.heard()
    assert 599 < told.fails_for(refused)[0] < 601
    assert told.retries.given_up(refused).message.startswith("the server was unavailable for 10 minutes")


def test_configurations_do_not_wait_in_turn_for_a_server_that_went_down() -> None:
    server = Server(answered=True)
    first, second = Told(600, server), Told(600, server)
    refused = NoConnectionError("connection refused")
    first.fails_for(refused)
    second.now = first.now
    assert second.fails_for(refused)[1] == ATTEMPTS
    second.retries.succeeded(attempts=2)
    assert second.fails_for(refused)[0] > 599


def test_the_requests_of_a_configuration_share_the_budget() -> None:
    told = Told(60)
    told.fails_for(busy())
    took, attempts = told.fails_for(busy())
    assert attempts == ATTEMPTS
    assert took < 10


def test_a_repetition_that_succeeds_gives_the_whole_budget_back() -> None:
    told = Told(60)
    told.fails_for(busy())
    told.retries.succeeded(attempts=1)
    assert told.fails_for(busy())[1] == ATTEMPTS, "others that succeed at once say nothing of repetitions"
    told.retries.succeeded(attempts=2)
    assert told.fails_for(busy())[0] >= 60


def test_a_quiet_minute_gives_the_whole_budget_back() -> None:
    told = Told(60)
    told.fails_for(busy())
    told.now += 3600
    assert told.fails_for(busy())[0] >= 60


def test_a_large_file_that_got_on_meanwhile_has_its_budget_from_then_on() -> None:
    told = Told(600)
    took, _attempts = told.fails_for(busy(), since=told.now - 300)
    assert 600 <= took <= 601


def test_a_pause_is_as_long_as_the_server_asks_and_ends_with_the_budget() -> None:
    told, error = Told(60), busy()
    error.retry_after_seconds = 45
    assert told.retries.pause_seconds(error, 1, told.now) == 45
    error.retry_after_seconds = 3600
    assert told.retries.pause_seconds(error, 1, told.now) == 60
    without = Told(0).retries.pause_seconds(error, 1, 1000.0)
    assert without is not None
    assert without < 1, "without a budget there is no time for that"


def test_a_server_that_did_nothing_else_ends_the_configuration() -> None:
    told, error = Told(600), busy()
    assert told.retries.given_up(error) is error, "nothing failed yet"
    told.fails_for(error)
    ended = told.retries.given_up(error)
    assert isinstance(ended, EndpointUnreachableError)
    assert ended.message == "the server was unavailable for 10 minutes; last: PutObject a.txt: 503 SlowDown"
    told.retries.succeeded(attempts=1)
    assert told.retries.given_up(error) is error, "only this file"


def test_a_long_outage_is_told_once() -> None:
    told = Told(600)
    told.fails_for(busy())
    noted = [text for level, text in told.lines if level == "INFO"]
    assert len(noted) == 1
    assert noted[0].startswith("the server is unavailable; repeating requests for up to 5")


def test_a_repetition_says_what_why_which_attempt_and_how_long_the_wait_is() -> None:
    told = Told()
    pause = told.retries.pause_seconds(busy(), 1, told.now)
    assert told.lines == [("DEBUG", f"PutObject a.txt: 503 SlowDown; attempt 2 follows in {pause:.1f} s")]


def test_many_repetitions_are_counted_instead_of_listed() -> None:
    told = Told()
    for _ in range(5000):
        told.retries.pause_seconds(busy(), 1, told.now)
    told.retries.pause_seconds(ConnectionLostError("lost"), 1, told.now)
    told.retries.sum_up()
    assert len(told.lines) == LOGGED_ONE_BY_ONE + 2
    assert told.lines[-1] == ("INFO", "5,001 requests were repeated (SlowDown 5,000, ConnectionLostError 1)")


def test_a_run_without_repetitions_says_nothing_and_the_sum_comes_once() -> None:
    told = Told()
    told.retries.sum_up()
    assert told.lines == []
    told.retries.pause_seconds(ThrottledError("busy", code="AWS_ERROR_S3_SLOW_DOWN"), 1, told.now)
    told.retries.sum_up()
    told.retries.sum_up()
    assert told.lines[1:] == [("INFO", "1 request was repeated (SLOW_DOWN 1)")]
