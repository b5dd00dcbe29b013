"""Threads that wait for servers."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from mochok.storage.workers import Workers


def test_work_that_ends_its_thread_does_not_keep_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    done, reported = threading.Event(), threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: reported.set())
    with closing(Workers(1)) as workers:
        workers.submit(fail)
        workers.submit(done.set)
        assert done.wait(10)
        assert reported.wait(10)


def fail() -> None:
    raise ValueError
