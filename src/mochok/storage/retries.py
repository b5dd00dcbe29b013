"""The log of repeated requests, which answers "why did that take so long?".

After the first hundred repetitions are only counted: throttling may cause tens of thousands.
"""

from __future__ import annotations

import re
from collections import Counter

from mochok.errors import StorageError
from mochok.plurals import counted
from mochok.storage.contract import Notify

LOGGED_ONE_BY_ONE = 100
_ENGINE = re.compile(r"^AWS_(ERROR_)?(S3_|HTTP_|IO_)?")


class RetryLog:
    """Logs a DEBUG line for each repetition (on a terminal only with --verbose), and INFO for their sum. Used
    in the run's own thread. The engine repeats the parts of a large file and reports nothing.
    """

    def __init__(self, notice: Notify) -> None:
        self._notice = notice
        self._reasons: Counter[str] = Counter()

    def record(self, error: StorageError, attempt: int, attempts: int, wait_seconds: float) -> None:
        """``attempt`` (from 1) of ``attempts`` failed with ``error``; the next one follows after the wait."""
        self._reasons[_ENGINE.sub("", error.code) or type(error).__name__] += 1
        count = self._reasons.total()
        if count <= LOGGED_ONE_BY_ONE:
            text = f"{error.message}; attempt {attempt + 1} of {attempts} follows in {wait_seconds:.1f} s"
            self._notice("DEBUG", text)
        elif count == LOGGED_ONE_BY_ONE + 1:
            self._notice("DEBUG", "more requests are repeated; from here on they are counted only")

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
