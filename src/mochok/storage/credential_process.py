"""A time limit for the program that ``credential_process`` names.

botocore waits for it without end, and a program that asks a question at night never gets an answer.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Sequence
from functools import partial
from typing import Any

import botocore.credentials
import botocore.exceptions
import botocore.session

from mochok.plurals import counted

_METHOD = botocore.credentials.ProcessProvider.METHOD


def limit_programs(session: botocore.session.Session, patience_seconds: float) -> None:
    """Give the profile's program ``patience_seconds`` (0: no limit).

    A program that a role's ``source_profile`` names is started by another part of botocore, without limit.
    """
    chain = session.get_component("credential_provider")
    bounded = botocore.credentials.ProcessProvider(
        profile_name=session.get_config_variable("profile") or "default",
        load_config=lambda: session.full_config,
        popen=partial(_Program, patience_seconds or None),
    )
    chain.insert_after(_METHOD, bounded)
    chain.remove(_METHOD)  # the first one: botocore's own


class _Program(subprocess.Popen[bytes]):
    """``Popen`` as botocore uses it; every fault is one of botocore's, with a readable message."""

    def __init__(self, patience_seconds: float | None, command: Sequence[str], **options: Any) -> None:
        self._patience_seconds = patience_seconds
        self._name = command[0] if command else ""
        try:
            super().__init__(command, **options)
        except (OSError, ValueError, IndexError) as error:
            raise _fault(f"{self._name!r} cannot be started: {error}") from error

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        try:
            return super().communicate(input, timeout or self._patience_seconds)
        except subprocess.TimeoutExpired as error:
            self._end()
            raise _fault(
                f"{self._name!r} (credential_process) has not answered for "
                + counted(self._patience_seconds or 0, "second")
            ) from error

    def _end(self) -> None:
        """Kill it. Its own children may hold its pipes open, so nothing more is read."""
        self.kill()
        self.wait()
        for pipe in filter(None, (self.stdout, self.stderr)):
            with contextlib.suppress(OSError):
                pipe.close()


def _fault(message: str) -> botocore.exceptions.CredentialRetrievalError:
    return botocore.exceptions.CredentialRetrievalError(provider=_METHOD, error_msg=message)
