"""What a dry run would do, by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mochok.events import ConfigurationFinished, Event, FileSent, ObjectDeleted
from mochok.plurals import counted
from mochok.report.text.formatting import size_text


class DryTotals:
    """Listens; :meth:`lines` then has the totals over all dry-run configurations."""

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._untouched: Counter[str] = Counter()
        self._deletes = 0
        self._deleted_bytes = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, FileSent) and event.dry_run:
            self._files[event.reason.value] += 1
            self._bytes[event.reason.value] += event.size_bytes
        elif isinstance(event, ObjectDeleted) and event.dry_run:
            self._deletes += 1
            self._deleted_bytes += event.size_bytes
        elif isinstance(event, ConfigurationFinished) and event.result.dry_run:
            for reason, count in event.result.tally.skipped.items():
                self._untouched[reason.value] += count

    def lines(self) -> Iterator[str]:
        """One line for each reason; none without dry runs."""
        for reason, count in self._files.most_common():
            yield f"Would upload {counted(count, 'file')}, {size_text(self._bytes[reason])}: {reason}"
        if self._deletes:
            objects = counted(self._deletes, "object")
            yield f"Would delete {objects}, {size_text(self._deleted_bytes)}: no local file"
        for reason, count in self._untouched.most_common():
            yield f"Would skip {counted(count, 'file')}: {reason}"
