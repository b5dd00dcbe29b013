"""How long requests are repeated, and the log of it, which answers "why did that take so long?".

After the first hundred repetitions are only counted: throttling may cause tens of thousands.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from mochok.errors import (
    ConnectionLostError,
    EndpointUnreachableError,
    MochokError,
    NoConnectionError,
    ServerFaultError,
    StorageError,
    ThrottledError,
)
from mochok.plurals import counted
from mochok.storage.contract import Notify

ATTEMPTS = 5
"""What every request gets, however short the budget."""
LOGGED_ONE_BY_ONE = 100
MOST_PAUSE_SECONDS = 30.0
_OUTAGE_NOTED_SECONDS = 10.0
_FORGOTTEN_SECONDS = 2 * MOST_PAUSE_SECONDS
_ENGINE = re.compile(r"^AWS_(ERROR_)?(S3_|HTTP_|IO_)?")


@dataclass(slots=True)
class Server:
    """What all stores of one run know of a server: whether it has ``answered`` anything, and since when no
    connection to it can be made (of the clock of :class:`Retries`).
    """

    answered: bool = False
    down_since: float | None = None

    def heard(self) -> None:
        """It has just answered."""
        self.answered, self.down_since = True, None


class Retries:
    """The repetitions of one store's requests. Used in the run's own thread. The engine repeats the parts of
    a large file and reports nothing.

    While the server is unavailable (503, 429, another 5xx, lost connections), requests are repeated for
    ``budget_seconds``, which they share: they count from the first failure on, until a repeated request
    succeeds or none fails for a minute. So are requests for which no connection can be made, if the
    ``server`` has answered before: their budget counts from when the run lost it, in whichever store. Each
    repetition is a DEBUG line (on a terminal only with --verbose); their sum is an INFO line.
    """

    def __init__(
        self,
        notice: Notify,
        budget_seconds: float = 0,
        clock: Callable[[], float] = time.monotonic,
        server: Server | None = None,
    ) -> None:
        self._notice = notice
        self._budget_seconds = budget_seconds
        self._clock = clock
        self._server = server or Server()
        self._reasons: Counter[str] = Counter()
        self._failing_since: float | None = None
        self._noted = False
        self._last_failure = self._last_success = float("-inf")

    def pause_seconds(self, error: StorageError, attempt: int, since: float) -> float | None:
        """How long to wait before the request is repeated; None: it has failed for good.

        ``attempt`` (from 1) failed with ``error``, which is transient; ``since`` (of the clock) is when the
        request began, or last got on.
        """
        if isinstance(error, NoConnectionError):
            if not self._server.answered:
                return None
            self._server.down_since = since = min(since, self._server.down_since or since)
        now, pause = self._clock(), backoff_seconds(attempt)
        left = self._left_seconds(since, now) if _is_outage(error) else 0
        if left > 0:  # what the server asks for, but one last attempt is made at the end
            pause = min(max(pause, error.retry_after_seconds), max(left, 0.1))
            self._note_outage(error, left)
        elif attempt >= ATTEMPTS:
            return None
        self._record(error, attempt, pause)
        return pause

    def heard(self) -> None:
        """The server answered, whatever it was."""
        self._server.heard()

    def succeeded(self, attempts: int) -> None:
        """A request succeeded after so many attempts."""
        self.heard()
        self._last_success = self._clock()
        if attempts > 1:
            self._failing_since = None
            self._noted = False

    def given_up(self, error: MochokError) -> MochokError:
        """``error``, with which a request failed for good; if nothing else has succeeded since the server
        became unavailable, the error that ends the whole configuration.
        """
        since = self._failing_since
        if not _is_outage(error) or not self._budget_seconds or since is None or self._last_success > since:
            return error
        minutes = counted(round(self._budget_seconds / 60), "minute")
        return EndpointUnreachableError(
            f"the server was unavailable for {minutes}; last: {error.message}",
            hint="the next run sends what is missing; retry_minutes sets how long to repeat requests",
            code=error.code,
        )

    def changed(self, key: str) -> None:
        """The file of ``key`` changed while it was sent and is uploaded again."""
        self._notice("DEBUG", f"{key}: the file changed while it was sent; uploading it again")

    def sum_up(self) -> None:
        """One line about all repetitions, if there were any. Idempotent."""
        if not self._reasons:
            return
        count, reasons = self._reasons.total(), self._reasons.most_common(3)
        self._reasons = Counter()
        requests = counted(count, "request was", "requests were")
        numbers = ", ".join(f"{reason} {number:,}" for reason, number in reasons)
        self._notice("INFO", f"{requests} repeated ({numbers})")

    def _left_seconds(self, since: float, now: float) -> float:
        """What is left of the budget after a failure of a request that began at ``since``."""
        if self._failing_since is None or now - self._last_failure > _FORGOTTEN_SECONDS:
            self._failing_since, self._noted = since, False
        self._failing_since, self._last_failure = min(self._failing_since, since), now
        return self._failing_since + self._budget_seconds - now

    def _note_outage(self, error: StorageError, left_seconds: float) -> None:
        """Once in an outage that is more than a hiccup: otherwise a run seems to hang."""
        if not self._noted and self._budget_seconds - left_seconds > _OUTAGE_NOTED_SECONDS:
            self._noted = True
            text = f"the server is unavailable; repeating requests for up to {left_seconds:.0f} s"
            self._notice("INFO", f"{text} ({error.message})")

    def _record(self, error: StorageError, attempt: int, pause_seconds: float) -> None:
        self._reasons[_ENGINE.sub("", error.code) or type(error).__name__] += 1
        count = self._reasons.total()
        if count <= LOGGED_ONE_BY_ONE:
            text = f"{error.message}; attempt {attempt + 1} follows in {pause_seconds:.1f} s"
            self._notice("DEBUG", text)
        elif count == LOGGED_ONE_BY_ONE + 1:
            self._notice("DEBUG", "more requests are repeated; from here on they are counted only")


def backoff_seconds(attempt: int) -> float:
    """Exponential with full jitter: up to 0.5 s, 1 s, 2 s, 4 s ..., at most 30 s."""
    most = min(MOST_PAUSE_SECONDS, 0.25 * 2 ** min(attempt, 20))
    return random.uniform(0.05, most)  # noqa: S311 - jitter, no secret


def _is_outage(error: MochokError) -> TypeGuard[StorageError]:
    """True for what ends by itself once the server is well again."""
    return isinstance(error, ThrottledError | ServerFaultError | ConnectionLostError | NoConnectionError)
