"""``--log-json FILE``: one JSON object per event, with raw units, for machines.

Every line has ``time`` (ISO 8601 with offset) and ``event``, the event's name in snake_case; the other
members are the event's fields as ``events.py`` and ``model.py`` document them: sizes in bytes, durations in
seconds, dates as ``YYYY-MM-DD``, reasons spelt as in ``sync --json`` (``up_to_date``). The first line of a
run, ``run_started``, also has ``schema``, which grows when a member changes its meaning or goes; new members
may come at any time. Everything outside ASCII is escaped, so that a line stays a line in any encoding.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mochok.clock import Clock
from mochok.events import ConfigurationFinished, Event, Notice, RunFinished, RunRefused, RunStarted
from mochok.report.documents.values import fields
from mochok.report.listeners.appender import Appender

SCHEMA_VERSION = 1
_AT_ONCE = (RunStarted, RunRefused, Notice, ConfigurationFinished, RunFinished)
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class JsonLines:
    """A listener that appends events to ``path``. Never raises; the first fault goes to ``warn``."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock, warn: Callable[[str], None]) -> None:
        self._path = Path(path)
        self._clock = clock
        self._appender = Appender(warn=warn, own_file=False, monotonic_seconds=clock.monotonic_seconds)

    def __call__(self, event: Event) -> None:
        line: dict[str, Any] = {
            "time": self._clock.now().isoformat(timespec="milliseconds"),
            "event": _WORD_START.sub("_", type(event).__name__).lower(),
        }
        if isinstance(event, RunStarted):
            line["schema"] = SCHEMA_VERSION
        line |= fields(event)
        self._appender.add(self._path, json.dumps(line, ensure_ascii=True))
        if isinstance(event, _AT_ONCE):
            self._appender.flush()

    def close(self) -> None:
        """Write what is still waiting."""
        self._appender.flush()
