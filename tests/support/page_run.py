"""Running a page: its files are written, its commands run in one shell's folder, its output is compared.

The reader's machine is a folder of the test: ``/srv``, ``/mnt/restore`` and ``/var/lib/mochok`` lie in it,
the last of which is also the home folder; the AWS profiles lead to the local server; every bucket
``example-...`` has a name of its own; and days near the page's ``today`` are moved so that its "yesterday" is
yesterday. What is printed is translated back.
"""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.e2e.days import noon_zone, today
from tests.e2e.harness import Server, installed_command
from tests.support.pages import Block, Command, blocks, console, today_of

MOVED_WITHIN_DAYS = 120
COMMAND_TIMEOUT_SECONDS = 120
PROFILES = ("default", "mochok")
ZONE_OF_THE_PAGES = "Europe/Madrid"
PROGRAMS = "/opt/mochok/bin/"
FOLDERS = ("/srv", "/var/lib/mochok", "/mnt/restore")
_SERVERS = re.compile(r"https?://[\w.-]+\.(?:example\.com|r2\.cloudflarestorage\.com)(?::\d+)?")
_DAY = re.compile(r"\b(20\d\d)([-/])(\d\d)\2(\d\d)(?!\d)")
_MONTH_OF_DAY = re.compile(r"\b20\d\d/\d\d/(20\d\d)-(\d\d)(?=-\d\d)")
_LOCAL = re.compile(r"(?<![\w.~-])(/srv\b|/var/lib/mochok\b|/mnt/restore\b)")
_OFFSET_AS_ZONE = re.compile(r"(?<=:\d\d )[+-]\d\d\b")
_NOT_UNDERSTOOD = ("2", "126", "127")
_VOLATILE = (
    (re.compile(r"-{3,}"), "---"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}"), "RUN"),
    (
        re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d| UTC| CET| [+-]\d\d)?"),
        "MOMENT",
    ),
    (re.compile(r"\b\d{1,2}:\d\d(:\d\d)?\b"), "DURATION"),
    (re.compile(r"\b\d+(\.\d+)? (s|seconds?)\b( \([\d.]+ [kMG]?i?B/s\))?"), "DURATION"),
    (re.compile(r'("duration_seconds": )[\d.]+'), r"\1N"),
    (re.compile(r"\(just now\)|\(DURATION ago\)"), "AGO"),
    (re.compile(r"\b[\d.]+ [kMG]i?B(/s| free)"), r"N\1"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "SERVER"),
    (re.compile(r"\b(awscrt|Python|mochok|rclone v?)\s?\d[\w.]+"), r"\1 VERSION"),
)


@dataclass
class Machine:
    """The reader's machine for one page."""

    root: Path
    server: Server
    plays_on: date | None = None
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    folder: Path = field(init=False)
    zone: str = field(default_factory=noon_zone)
    today: date = field(default_factory=today)

    def __post_init__(self) -> None:
        for folder in FOLDERS:
            (self.root / folder[1:]).mkdir(parents=True)
        self.folder = self.root / "var/lib/mochok"
        home = self.folder / ".aws"
        home.mkdir()
        names = f"aws_access_key_id = {self.server.access_key}\n"
        keys = f"{names}aws_secret_access_key = {self.server.secret_key}\n"
        (home / "credentials").write_text("".join(f"[{name}]\n{keys}" for name in PROFILES))
        settings = f"region = us-east-1\nendpoint_url = {self.server.endpoint_url}\n"
        sections = ("[default]", *(f"[profile {name}]" for name in PROFILES[1:]))
        (home / "config").write_text("".join(f"{section}\n{settings}" for section in sections))

    @property
    def environment(self) -> dict[str, str]:
        here = str(Path(installed_command()).parent)
        return {
            "PATH": f"{here}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root / "var/lib/mochok"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "LANG": "C.UTF-8",
            "TZ": self.zone,
            "COLUMNS": "120",
            "NO_PROXY": "127.0.0.1",
        }

    def here(self, text: str) -> str:
        """The page's text for this machine."""
        here = f"{Path(installed_command()).parent}/"
        text = _LOCAL.sub(lambda found: f"{self.root}{found[1]}", text.replace(PROGRAMS, here))
        text = _SERVERS.sub(self.server.endpoint_url, text)
        text = re.sub(r"\bexample-([a-z]+)\b", rf"example-\1-{self.suffix}", text)
        return self._moved(text.replace(ZONE_OF_THE_PAGES, self.zone), 1)

    def there(self, text: str) -> str:
        """This machine's output as the page has it."""
        text = text.replace(str(self.root), "").replace(f"-{self.suffix}", "")
        text = text.replace(f"{Path(installed_command()).parent}/", PROGRAMS)
        text = _OFFSET_AS_ZONE.sub("CET", text)
        return self._moved(text.replace(self.zone, ZONE_OF_THE_PAGES), -1)

    def _moved(self, text: str, direction: int) -> str:
        if self.plays_on is None:
            return text
        by, middle = self.today - self.plays_on, self.plays_on if direction > 0 else self.today

        def moved(found: re.Match[str]) -> str:
            try:
                day = date(int(found[1]), int(found[3]), int(found[4]))
            except ValueError:
                return found[0]
            if abs((day - middle).days) > MOVED_WITHIN_DAYS:
                return found[0]
            return (day + by * direction).isoformat().replace("-", found[2])

        return _MONTH_OF_DAY.sub(r"\1/\2/\1-\2", _DAY.sub(moved, text))

    def write(self, name: str, text: str) -> None:
        path = self.folder / self.here(name.replace("~/", "/var/lib/mochok/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        if "sync_configurations:" in text and "defaults:" not in text:
            text += "defaults: {settle_minutes: 0}\n"  # the reader's files are older than those of the test
        path.write_text(self.here(text), encoding="utf-8")

    def shell(self, script: str) -> tuple[int, str]:
        """Run a script in the folder where the last one ended; (exit code, everything it printed)."""
        where = self.root / "where"
        program = f"trap 'pwd > {where}' EXIT\n{self.here(script)}"
        done = subprocess.run(
            ["bash", "-c", program],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        self.folder = Path(where.read_text().strip())
        return done.returncode, self.there(done.stdout.decode("utf-8"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of the page and what it printed now."""

    command: Command
    output: tuple[str, ...]


def run_page(path: Path, root: Path, server: Server) -> Iterator[tuple[Block, list[Shown]]]:
    """Do what the page says; yields each console block with what its commands printed."""
    machine = Machine(root, server, today_of(path))
    for block in blocks(path):
        where = f"{path.name}:{block.line}"
        if block.mark == "not run":
            continue
        if block.title and "\\" not in block.title:
            machine.write(block.title, block.text)
        elif block.language == "bash":
            exit_code, output = machine.shell(f"set -euo pipefail\n{block.text}")
            assert exit_code == 0, f"{where}: exit code {exit_code}\n{block.text}\n{output}"
        elif block.language == "console":
            yield block, _run_console(machine, block, where)


def _run_console(machine: Machine, block: Block, where: str) -> list[Shown]:
    commands = console(block.text)
    mark = f"end-{uuid.uuid4().hex}"
    parts = (f"{one.text}\nlast=$?; echo '{mark}' $last; (exit $last)\n" for one in commands)
    _, output = machine.shell("".join(parts))
    ends = re.split(rf"{mark} (\d+)\n", output)
    assert len(ends) == 2 * len(commands) + 1, f"{where}: a command ended the shell\n{output}"
    texts = [*(one.text for one in commands[1:]), ""]
    shown = []
    for command, printed, code, following in zip(commands, ends[::2], ends[1::2], texts, strict=False):
        expected = code == "0" or "$?" in command.text or "$?" in following
        expected |= block.mark == "other output" and code not in _NOT_UNDERSTOOD
        assert expected, f"{where}: {command.text}: exit code {code}\n{printed}"
        shown.append(Shown(command, tuple(printed.splitlines())))
    return shown


def same(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """Whether the output is as shown; a line ``...`` stands for any lines, also none.

    Where lines break is left open: a terminal's width decides it, and paths are longer here.
    """
    shown = [plain(part) for part in re.split(r"^\.\.\.$", "\n".join(expected), flags=re.MULTILINE)]
    printed = plain("\n".join(actual))
    if len(shown) == 1:
        return shown[0] == printed
    if not (printed.startswith(shown[0]) and printed.endswith(shown[-1])):
        return False
    position = len(shown[0])
    for part in shown[1:]:
        position = printed.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def plain(text: str) -> str:
    """A text without what differs from run to run: moments, durations, rates, run names, white space."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text.strip()
