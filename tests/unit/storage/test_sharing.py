"""Things that are made once for a whole run, and failures that are not waited for a thousand times."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mochok.errors import (
    BucketMissingError,
    ConnectionLostError,
    CredentialsError,
    EndpointUnreachableError,
    MochokError,
    StorageError,
)
from mochok.storage.sharing import FAILURES_IN_A_ROW, REMEMBERED_SECONDS, Outages, Shared


def test_many_threads_that_ask_at_once_get_one_thing() -> None:
    shared: Shared[str, object] = Shared()
    made: list[object] = []
    everybody = threading.Barrier(8)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_number: int) -> object:
        everybody.wait()
        return shared.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert answers == set(made)
    assert len(made) == 1


def test_whoever_makes_one_thing_does_not_hold_up_another() -> None:
    shared: Shared[str, str] = Shared()
    in_the_middle, finish = threading.Event(), threading.Event()

    def slow() -> str:
        in_the_middle.set()
        finish.wait(60)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(shared.get, "slow", slow)
        assert in_the_middle.wait(60)
        assert shared.get("quick", lambda: "quick") == "quick"
        finish.set()
        assert running.result() == "slow"


def test_a_failure_is_not_kept_and_what_was_forgotten_is_made_anew() -> None:
    shared: Shared[str, int] = Shared()

    def fail() -> int:
        raise BucketMissingError("gone")

    with pytest.raises(BucketMissingError):
        shared.get("key", fail)
    assert shared.get("key", lambda: 1) == shared.get("key", lambda: 2) == 1
    shared.forget("key")
    shared.forget("never made")
    assert shared.peek("key") is None
    assert shared.get("key", lambda: 3) == shared.peek("key") == 3
    assert (shared.drain(), shared.drain()) == ([3], [])


class Watched:
    """A server that fails with ``error``; counts how often it was asked."""

    def __init__(self, error: MochokError | None) -> None:
        self.error = error
        self.now = 1000.0
        self.asked = 0
        self.outages = Outages(lambda: self.now)

    def ask(self, key: str = "server") -> str:
        try:
            with self.outages.watched(key):
                self.asked += 1
                if self.error is not None:
                    raise self.error
        except StorageError as error:
            return str(error)
        return ""


@pytest.mark.parametrize("kind", [EndpointUnreachableError, ConnectionLostError, CredentialsError])
def test_after_three_failures_in_a_row_the_next_thirty_seconds_fail_at_once(kind: type[StorageError]) -> None:
    server = Watched(kind("no answer", hint="is it running?"))
    first = [server.ask() for _ in range(FAILURES_IN_A_ROW)]
    further = {server.ask() for _ in range(1000)}
    assert server.asked == FAILURES_IN_A_ROW
    assert set(first) == {"no answer (is it running?)"}
    assert further == {"no answer; not tried again after 3 failures in a row (is it running?)"}

    server.now += REMEMBERED_SECONDS
    assert server.ask() == first[0]
    assert server.ask() == "no answer; not tried again after 4 failures in a row (is it running?)"
    assert server.asked == FAILURES_IN_A_ROW + 1


def test_a_success_or_another_server_starts_from_the_beginning() -> None:
    server = Watched(EndpointUnreachableError("no answer"))
    for _ in range(FAILURES_IN_A_ROW):
        server.ask("other")
    server.ask()
    server.ask()
    server.error = None
    assert server.ask() == ""
    server.error = EndpointUnreachableError("no answer")
    assert [server.ask() for _ in range(FAILURES_IN_A_ROW)] == ["no answer"] * FAILURES_IN_A_ROW


def test_what_an_answer_refuses_is_asked_every_time() -> None:
    server = Watched(BucketMissingError("gone"))
    assert [server.ask() for _ in range(10)] == ["gone"] * 10
    assert server.asked == 10
