"""A listener that fails, hangs or is slow costs a warning and itself, never an event of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mochok.events import Event, FileSent, Level, Notice
from mochok.model import Reason
from mochok.run.listeners import MOST_WAITING, Listeners


def sent(number: int) -> FileSent:
    return FileSent("Daily", f"{number:06d}", 1, Reason.NEW, dry_run=False)


def warnings(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


@contextmanager
def hanging() -> Iterator[Callable[[Event], None]]:
    """A listener that never returns from its first event, until the test is over."""
    released = threading.Event()

    def wait(_event: Event) -> None:
        released.wait()

    try:
        yield wait
    finally:
        released.set()


def test_every_listener_gets_every_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    with Listeners() as listeners:
        listeners.add("one", first.append)
        listeners.add("two", second.append)
        for number in range(3000):
            listeners(sent(number))
        listeners.warn("careful")
    assert first == second == [*map(sent, range(3000)), Notice("", Level.WARNING, "careful")]
    assert listeners.faults == []


def test_a_listener_runs_in_a_thread_of_its_own_and_is_closed_there() -> None:
    threads: list[threading.Thread] = []
    with Listeners() as listeners:
        listeners.add(
            "one",
            lambda _event: threads.append(threading.current_thread()),
            lambda: threads.append(threading.current_thread()),
        )
        listeners(sent(0))
    assert len(threads) == 2
    assert threads[0] is threads[1] is not threading.current_thread()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a slip")])
def test_a_listener_that_raises_is_reported_to_the_others_once_and_gets_no_more(error: Exception) -> None:
    good: list[Event] = []
    calls: list[Event] = []
    closed: list[bool] = []

    def fail(event: Event) -> None:
        calls.append(event)
        raise error

    with Listeners() as listeners:
        listeners.add("the console", good.append)
        listeners.add("the log file", fail, lambda: closed.append(True))
        for number in range(10):
            listeners.warn(f"event {number}")
    assert len(calls) == 1
    assert closed == [True]
    told = [message for message in warnings(good) if "failed" in message]
    assert told == [f"the log file failed and gets no more events: {type(error).__name__}: {error}"]
    assert [message for message in warnings(good) if message not in told] == [
        f"event {number}" for number in range(10)
    ]
    assert listeners.faults == []
    assert not listeners.hanging


def test_a_fault_that_no_other_listener_can_report_is_kept() -> None:
    def fail(_event: Event) -> None:
        raise ValueError("a slip")

    with Listeners() as listeners:
        listeners.add("the console", fail)
        listeners(sent(0))
    assert listeners.faults == ["the console failed and gets no more events: ValueError: a slip"]


def test_a_listener_that_fails_to_close_is_reported_too() -> None:
    def fail() -> None:
        raise OSError(5, "Input/output error")

    with Listeners() as listeners:
        listeners.add("the console", lambda _event: None)
        listeners.add("the log file", lambda _event: None, fail)
    assert listeners.faults == [
        "the log file failed and gets no more events: OSError: [Errno 5] Input/output error"
    ]


def test_a_listener_that_hangs_is_left_behind_when_the_run_ends() -> None:
    good: list[Event] = []
    with hanging() as stuck, Listeners(patience_seconds=0.2) as listeners:
        listeners.add("the console", good.append)
        listeners.add("the log file", stuck)
        listeners(sent(0))
        listeners.close()
        assert listeners.hanging
        assert good[0] == sent(0)
        assert warnings(good) == ["the log file failed and gets no more events: no progress for 0.2 s"]


def test_a_listener_that_hangs_does_not_hold_up_a_run_of_many_files() -> None:
    good: list[Event] = []
    with hanging() as stuck, Listeners(patience_seconds=0.2) as listeners:
        listeners.add("the console", good.append)
        listeners.add("the log file", stuck)
        for number in range(3 * MOST_WAITING):
            listeners(sent(number))
        listeners.close()
    files = [event for event in good if isinstance(event, FileSent)]
    assert files == [sent(number) for number in range(3 * MOST_WAITING)]
    assert len(warnings(good)) == 1


def test_a_slow_listener_that_makes_progress_gets_everything() -> None:
    """It is far behind, longer than the patience in sum, but never for one event."""
    gate = threading.Semaphore(0)
    seen: list[Event] = []

    def slow(event: Event) -> None:
        gate.acquire()
        seen.append(event)

    def let_through() -> None:
        for _ in range(MOST_WAITING + 100):
            gate.release()

    helper = threading.Timer(0.3, let_through)
    with Listeners(patience_seconds=5) as listeners:
        listeners.add("the log file", slow)
        helper.start()
        for number in range(MOST_WAITING + 100):
            listeners(sent(number))
    helper.join()
    assert len(seen) == MOST_WAITING + 100
    assert listeners.faults == []


def test_a_listener_may_warn_while_it_takes_an_event() -> None:
    """As the log does about its folder: the warning goes to all, itself included."""
    good: list[Event] = []
    with Listeners() as listeners:

        def log(event: Event) -> None:
            if isinstance(event, FileSent):
                listeners.warn("the log cannot be written")

        listeners.add("the console", good.append)
        listeners.add("the log file", log)
        listeners(sent(0))
    assert warnings(good) == ["the log cannot be written"]
