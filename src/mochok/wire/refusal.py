"""A run that does not start because of its configuration or command line: log and state record that."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mochok.clock import SystemClock
from mochok.config.fallback import usable_globals
from mochok.config.schema import GlobalSettings
from mochok.errors import ConfigurationError, MochokError
from mochok.events import RunRefused
from mochok.run.listeners import Listeners
from mochok.state.ledger import open_ledger
from mochok.state.lock import RunLock
from mochok.state.state_file import Execution, StateFile
from mochok.wire.run import add_logs, new_run_id

_MISTAKES_LOGGED = 20


def record_refusal(path: Path, error: MochokError, log_json: str | None = None) -> None:
    """Log why the run of the configuration file ``path`` did not start, and record a run that failed.

    Never raises: the error itself is to be reported. Where nothing ever ran, only the log is created.
    """
    chosen = usable_globals(path, os.environ)
    clock = SystemClock(chosen.zone)
    with Listeners() as listeners:
        add_logs(listeners, clock, chosen.log_directory, log_json)
        listeners(RunRefused(_reasons(error), _hint(path, error), error.exit_code))
    with suppress(MochokError):  # another run holds the lock, or the state cannot be written
        if isinstance(error, ConfigurationError):  # a typing error on a command line is nobody's failed night
            _record(chosen, clock, error.exit_code)


def _reasons(error: MochokError) -> tuple[str, ...]:
    if not isinstance(error, ConfigurationError):
        return (error.message,)
    mistakes = [str(mistake) for mistake in error.diagnostics]
    more = len(mistakes) - _MISTAKES_LOGGED
    return (*mistakes[:_MISTAKES_LOGGED], *([f"and {more:,} more mistakes"] if more > 0 else ()))


def _hint(path: Path, error: MochokError) -> str:
    if isinstance(error, ConfigurationError):
        return f"correct the file; mochok validate --config {path} shows every mistake"
    return error.hint


def _record(chosen: GlobalSettings, clock: SystemClock, exit_code: int) -> None:
    now = clock.now()
    run_id = new_run_id(now)
    if chosen.ledger_file.exists():
        ledger = open_ledger(chosen.ledger_file, warn=lambda _message: None)
        ledger.start_run(run_id, now)
        ledger.finish_run(run_id, now, exit_code)
        ledger.close()
    if chosen.state_file.exists():
        with RunLock(chosen.state_file, started=now):
            StateFile(chosen.state_file).record_execution(Execution(run_id, (), 0, now, 0.0, refused=True))
