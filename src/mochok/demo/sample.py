"""Sample data: fourteen days of a small company's files, the same on every run.

The writer records itself which object each file must become. It does not ask the strategies, so the
comparison at the end of the demonstration tests them too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

DUMP_SIZE_MIB = 30
LOG_LINES_PER_FILE = 400
OLD_LOG_AGE_DAYS = 60
LOG_WINDOW_DAYS_BACK = 2
CUSTOMERS = ("Muñoz & Cía.", "Øst Kaffe", "Panadería Núñez", "Lefèvre Frères", "Brown Ltd", "Kawasaki 商店")

DOCUMENTS = "Daily documents"
WEBSITE = "Website"
LOGS = "Application logs"
DATABASE = "Database dumps"

Expected = dict[str, Path]
"""Full object key -> the local file whose bytes it must have."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was written. ``expected`` names, for each configuration, every object that must exist."""

    folder: Path
    days: tuple[date, ...]
    expected: dict[str, Expected]

    @property
    def files(self) -> int:
        return sum(len(objects) for objects in self.expected.values())


def write_sample(folder: Path, days: tuple[date, ...]) -> Sample:
    """Write the data below ``folder``; ``days`` are oldest first. Takes about a second."""
    expected = {
        DOCUMENTS: _write_documents(folder / "documents", days),
        WEBSITE: _write_website(folder / "website"),
        LOGS: _write_logs(folder / "logs", days),
        DATABASE: _write_database(folder / "database", days),
    }
    return Sample(folder, days, expected)


def _write_documents(root: Path, days: tuple[date, ...]) -> Expected:
    """One folder a day: CSV exports, an invoice, minutes; and a temporary file that a filter excludes."""
    expected: Expected = {}
    for number, day in enumerate(days):
        source = root / day.isoformat()
        for name, content in _documents_of(day, number):
            expected[f"documents/{day:%Y/%m/%d}/{name}"] = _write(source / name, content)
        _write(source / "export.tmp", b"half written\n")
    return expected


def _documents_of(day: date, number: int) -> Iterator[tuple[str, bytes]]:
    customer = CUSTOMERS[number % len(CUSTOMERS)]
    invoice = 1040 + number
    yield f"sales {day}.csv", _sales(day, number)
    yield f"stock/warehouse {day}.csv", _sales(day, number + 500)
    yield f"invoices/Invoice {invoice}, {customer}.txt", f"Invoice {invoice} of {day}\n".encode()
    yield (
        f"Reunión/Acta nº {number + 1} (año {day.year}).txt",
        f"Acta del {day}\n¿Quién asistió? Todos.\n".encode(),
    )
    yield f"photos/café+terrace #{number + 1}.jpg", b"\xff\xd8\xff\xe0" + _noise(f"photo {number}", 40_000)


def _sales(day: date, seed: int) -> bytes:
    rows = ["date;receipt;customer;amount"]
    for receipt in range(250):
        customer = CUSTOMERS[(receipt * 7 + seed) % len(CUSTOMERS)]
        cents = (receipt * 7919 + seed * 104_729) % 50_000
        rows.append(f"{day};{seed * 1000 + receipt};{customer};{cents / 100:.2f}")
    return "\n".join([*rows, ""]).encode()


def _write_website(root: Path) -> Expected:
    """A folder that is uploaded as a whole."""
    pages = {
        "index.html": b"<!doctype html>\n<title>Caf\xc3\xa9</title>\n<h1>Welcome</h1>\n",
        "about us.html": b"<!doctype html>\n<title>About us</title>\n<p>Since 1987.</p>\n",
        "css/style.css": b"body { font-family: sans-serif }\n",
        "js/menu.js": b"document.title = document.title.trim();\n",
        "images/logo.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>\n',
        "images/terrace in summer.jpg": b"\xff\xd8\xff\xe0" + _noise("terrace", 300_000),
        "menú/carta de otoño.txt": "Sopa, 4,50 €\n".encode(),
        ".well-known/security.txt": b"Contact: mailto:it@example.org\n",
        "empty.txt": b"",
    }
    return {f"website/{name}": _write(root / name, content) for name, content in pages.items()}


def _write_logs(root: Path, days: tuple[date, ...]) -> Expected:
    """One flat folder; the day of a file is that of its last change."""
    expected: Expected = {}
    for day in days:
        for service in ("web", "mail"):
            name = f"{service}-{day:%Y%m%d}.log"
            expected[f"logs/{name}"] = _write(root / name, _log(service, day), day)
    old = days[0] - timedelta(days=OLD_LOG_AGE_DAYS)
    _write(root / f"web-{old:%Y%m%d}.log", _log("web", old), old)  # outside every range: not uploaded
    return expected


def _log(service: str, day: date) -> bytes:
    start = datetime.combine(day, time())
    lines = []
    for number in range(LOG_LINES_PER_FILE):
        moment = start + timedelta(seconds=number * 211)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {service} request={number} status={200 + number % 5}")
    return "\n".join([*lines, ""]).encode()


def _write_database(root: Path, days: tuple[date, ...]) -> Expected:
    """Folders by year and month, as ``{base_path}/{year}/{month}`` names them; one dump is large."""
    expected: Expected = {}
    for number, day in enumerate(days):
        name = f"{day:%Y/%m}/orders-{day:%Y%m%d}.sql"
        content = f"-- orders of {day}\nINSERT INTO orders VALUES ({number}, '{day}');\n".encode()
        expected[f"database/{name}"] = _write(root / name, content)
    name, dump = f"{days[-1]:%Y/%m}/full backup.dump", _noise("full dump", 1 << 20) * DUMP_SIZE_MIB
    expected[f"database/{name}"] = _write(root / name, dump)
    return expected


def _noise(seed: str, size_bytes: int) -> bytes:
    """Bytes that do not compress and are the same on every machine."""
    return hashlib.shake_256(seed.encode()).digest(size_bytes)


def _write(path: Path, content: bytes, changed_on: date | None = None) -> Path:
    """Write a file; ``changed_on`` sets its modification time to noon of that day, local time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if changed_on is not None:
        noon_seconds = datetime.combine(changed_on, time(12)).astimezone().timestamp()
        os.utime(path, (noon_seconds, noon_seconds))
    return path
