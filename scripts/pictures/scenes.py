"""What the pictures show: each scene runs commands on a new machine and yields (name, picture)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from scripts.pictures.machine import CONFIGURATION, INVOICES, LOGS, SHOP, Machine, machine, plain
from scripts.pictures.svg import drawing
from scripts.pictures.terminal import Rows, text_of

WIDE, MIDDLE, NARROW = 120, 100, 60
WITH_BARS = 132  # the progress display draws bars from 130 columns on
CUSTOMERS = ("Muñoz y Cía", "Øst Kaffe", "Panadería Núñez", "Lefèvre Frères", "Brown Ltd", "Kowalski")
MB = 1_000_000
LIMITED = CONFIGURATION.replace("global:\n", 'global:\n  bandwidth_limit: "25 MB/s"\n', 1)
MISTAKEN = (
    CONFIGURATION.replace("type: DateFolder", 'type: DateFolder, date_folder_format: "yyyy-mm-dd"')
    .replace("expected_days:", "expected_day:")
    .replace("date_range_days_back: 7", "date_range_days_back: seven")
    .replace("--exclude=*.tmp", "--exclud=*.tmp")
)

Picture = tuple[str, str]
"""The file's name without ``.svg``, and the drawing."""


def nights() -> Iterator[Picture]:
    """Last night on a wide and on a narrow terminal, and what another run would do now."""
    for name, columns in (("sync-narrow", NARROW), ("sync", WIDE)):
        with machine() as host:
            _write_nights(host)
            host.run("sync", "--target-date", str(_days_ago(2)))
            _change_shop(host)
            yield _shot(host, name, columns, "sync")
            if name == "sync":
                _change_invoices(host)
                yield _shot(host, "dry-run", WIDE, "sync", "--dry-run")


def progress() -> Iterator[Picture]:
    """The progress of a run, on a wide and on a narrow terminal."""
    for name, columns in (("progress", WITH_BARS), ("progress-narrow", NARROW)):
        with machine() as host:
            _write_nights(host)
            host.run("sync", "--target-date", str(_days_ago(2)))
            host.configure(LIMITED)
            _write_nights(host, times_larger=8)
            arguments = ("sync", "--jobs", "3")
            done = host.run(*arguments, columns=columns, wanted=lambda text: " elapsed" in text)
            half = min(done.frames, key=lambda rows: (-_uploading(rows), abs(_share_done(rows) - 0.55)))
            yield name, _picture(arguments, half, columns)


def history() -> Iterator[Picture]:
    """Weeks with nights on which the machine was off, a folder was missing, and a file could not be read."""
    with machine() as host:
        _write_history(host)
        for name, columns in (("status", MIDDLE), ("status-narrow", NARROW)):
            yield _shot(host, name, columns, "status")
        months = ("2",) if _days_ago(0).day < 20 else ()
        for name, columns in (("calendar", MIDDLE), ("calendar-narrow", NARROW)):
            yield _shot(host, name, columns, "status", "--calendar", *months, "--only", "Invoices")
        yield _shot(host, "gaps", MIDDLE, "status", "--gaps", "--only", "Invoices")


def trouble() -> Iterator[Picture]:
    """A secret key that S3 refuses, and mistakes in the configuration."""
    with machine() as host:
        _write_nights(host)
        host.run("sync", "--target-date", str(_days_ago(2)))
        done = host.run("sync", columns=MIDDLE, secret_key="another")  # noqa: S106 - a wrong one
        yield "refused", _picture(("sync",), done.final, MIDDLE)
        yield from mistakes(host)


def mistakes(host: Machine) -> Iterator[Picture]:
    """A configuration with four mistakes, on a wide and on a narrow terminal."""
    host.configure(MISTAKEN)
    yield _shot(host, "mistakes", WIDE, "validate")
    yield _shot(host, "mistakes-narrow", NARROW, "validate")


SCENES: tuple[Callable[[], Iterator[Picture]], ...] = (nights, progress, history, trouble)


def _shot(host: Machine, name: str, columns: int, *arguments: str) -> Picture:
    return name, _picture(arguments, host.run(*arguments, columns=columns).final, columns)


def _picture(arguments: tuple[str, ...], rows: Rows, columns: int) -> str:
    return drawing(plain(arguments), rows, columns, text_of(rows))


def _days_ago(count: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=count)


def _uploading(rows: Rows) -> int:
    """How many configurations are uploading files."""
    return len(re.findall(r"[1-9]\d*/\d+ files", text_of(rows)))


def _share_done(rows: Rows) -> float:
    """The share of all bytes that is uploaded, from the line of the whole run; 0 while that is unknown."""
    found = re.findall(r"([\d.]+)/([\d.]+) [kMG]B", text_of(rows))
    done, total = map(float, found[-1]) if found else (0.0, 1.0)
    return done / total


def _write_nights(host: Machine, times_larger: int = 1) -> None:
    """The shop, and a week of invoices and logs; the larger ones differ from the smaller ones."""
    _write_shop_and_logs(host, times_larger)
    for count in range(1, 9):
        _write_invoices(host, _days_ago(count), times_larger)


def _write_shop_and_logs(host: Machine, times_larger: int = 1) -> None:
    for number in range(1, 43):
        host.write(SHOP, f"products/{number:03}.html", 9_000 + 150 * number, _days_ago(9))
        size_bytes = (60_000 + 1_000 * number) * times_larger
        host.write(SHOP, f"pictures/{number:03}.jpg", size_bytes, _days_ago(9))
    host.write(SHOP, "index.html", 21_500, _days_ago(9))
    for count in range(1, 9):
        host.write(LOGS, f"erp-{_days_ago(count)}.log", MB * times_larger, _days_ago(count))


def _write_invoices(host: Machine, day: date, times_larger: int = 1) -> None:
    for number, customer in enumerate(CUSTOMERS, start=1041):
        size_bytes = (80_000 + 30 * number) * times_larger**2
        host.write(INVOICES, f"{day}/Invoice {number}, {customer}.pdf", size_bytes, day)
    host.write(INVOICES, f"{day}/export.tmp", 500, day)


def _change_shop(host: Machine) -> None:
    """A new product, a corrected one, and one that is not sold any more."""
    host.write(SHOP, "products/043.html", 16_200, _days_ago(1))
    host.write(SHOP, "products/012.html", 11_900, _days_ago(1))
    for name in ("products/007.html", "pictures/007.jpg"):
        host.remove(SHOP, name)


def _change_invoices(host: Machine) -> None:
    """A corrected invoice, and one that came late."""
    day = _days_ago(1)
    host.write(INVOICES, f"{day}/Invoice 1041, {CUSTOMERS[0]}.pdf", 91_000, _days_ago(0))
    host.write(INVOICES, f"{day}/Invoice 1047, late.pdf", 45_300, _days_ago(0))
    host.remove(SHOP, "products/041.html")


def _write_history(host: Machine) -> None:
    """Three weeks; ``number`` counts working days back from yesterday."""
    days = [day for day in map(_days_ago, range(1, 40)) if day.weekday() < 5][:15]
    _write_shop_and_logs(host)
    for number, day in enumerate(days):
        if number != 5:
            _write_invoices(host, day)
    link = host.folders[INVOICES] / str(days[3]) / "Invoice 1048.pdf"
    link.symlink_to("on-a-share-that-is-gone.pdf")
    for number, day in sorted(enumerate(days), reverse=True):
        if number not in (1, 8, 9):
            host.run("sync", "--target-date", str(day), "--only", "Invoices")
    host.run("sync")
