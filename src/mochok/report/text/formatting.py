"""Numbers, spans and names in the words that people read.

Sizes are in powers of 1000 (kB, MB, GB), as ``bandwidth_limit`` is written. Everything that comes from a
file name, a server or a configuration goes through :func:`shown` before it is printed.
"""

from __future__ import annotations

from datetime import datetime, timezone

from mochok.plurals import counted
from mochok.redact import redacted
from mochok.report.text.escape import printable

DISABLED = "disabled, named by --only"
"""Of a configuration that runs although it is not enabled."""
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_LARGEST_SHOWN = 999.95  # "1000.0 kB" is written "1.0 MB"


def shown(text: str) -> str:
    """``text`` safe to print on one line: nothing disturbs the terminal, no credential is in it."""
    return printable(redacted(text))


def evidence(last_verified: datetime | None) -> str:
    """From where the states of days are known: ``as uploaded; last verified: never``, or a date."""
    return f"as uploaded; last verified: {f'{last_verified:%Y-%m-%d}' if last_verified else 'never'}"


def local_time(moment: datetime, now: datetime) -> datetime:
    """``moment`` in the zone of ``now``; the machine's own zone is asked, as its offset may have changed."""
    machine = isinstance(now.tzinfo, timezone) and now.utcoffset() == now.astimezone().utcoffset()
    return moment.astimezone(None if machine else now.tzinfo)


def size_text(size_bytes: float) -> str:
    """``0 bytes``, ``1 byte``, ``35.1 MB``."""
    if size_bytes == 1:
        return "1 byte"
    divisor, unit = _unit_of(size_bytes)
    return _scaled(size_bytes, divisor) + f" {unit}"


def rate_text(bytes_per_second: float) -> str:
    """``35.1 MB/s``."""
    return f"{size_text(bytes_per_second)}/s".replace("bytes", "B").replace("byte", "B")


def size_progress(done_bytes: float, total_bytes: float, *, growing: bool) -> str:
    """``1.2/3.4+ GB``: both in the unit of the total; ``+`` while the total still grows."""
    divisor, unit = _unit_of(total_bytes)
    plus = "+" if growing else ""
    return f"{_scaled(done_bytes, divisor)}/{_scaled(total_bytes, divisor)}{plus} {unit}"


def file_progress(done: int, total: int, *, growing: bool) -> str:
    """``1,204/3,400+ files``."""
    return f"{done:,}/{total:,}+ files" if growing else f"{done:,}/{counted(total, 'file')}"


def duration_words(seconds: float) -> str:
    """``2.8 s``, ``35 s``, ``3 min 12 s``, ``1 h 04 min``: the one format of durations on a screen.

    Whole seconds stay whole if they are given as int.
    """
    if seconds < 9.95 and isinstance(seconds, float):
        return f"{seconds:.1f} s"
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def _unit_of(size_bytes: float) -> tuple[int, str]:
    power = 0
    while power < len(_UNITS) - 1 and abs(size_bytes) / 1000**power > (_LARGEST_SHOWN if power else 999):
        power += 1
    return 1000**power, _UNITS[power]


def _scaled(size_bytes: float, divisor: int) -> str:
    return f"{size_bytes:.0f}" if divisor == 1 else f"{size_bytes / divisor:.1f}"
