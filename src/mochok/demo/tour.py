"""``mochok demo``: data, server, the real commands, and a count that does not trust them."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from mochok.demo.configuration import BUCKET, PREFIXES, DemoFolder, private_environment
from mochok.demo.inventory import Comparison, Inventory
from mochok.demo.sample import Sample, write_sample
from mochok.demo.server import S3Server, find_program
from mochok.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SUCCESS, UsageError
from mochok.plurals import counted, days_span

PLAIN_WIDTH_COLUMNS = 120
WRONG_KEYS_SHOWN = 5

RunCommand = Callable[[Sequence[str]], int]
"""Runs ``mochok`` with these arguments in this process; returns its exit code."""


@dataclass(frozen=True, slots=True)
class Tour:
    """A demonstration of ``days`` days up to and including ``last_day``.

    ``keep`` None uses a temporary folder and removes it; otherwise everything stays there. ``find_server``
    returns the server's program or raises PrerequisiteError.
    """

    days: int
    last_day: date
    keep: Path | None
    run_command: RunCommand
    console: Console
    find_server: Callable[[], str] = find_program

    def run(self) -> int:
        """Show it all; returns the exit code: 0 if every command succeeded and every object is right.

        Raises PrerequisiteError if the server cannot start, UsageError if ``keep`` is not an empty folder.
        """
        program = self.find_server()  # before anything is written
        with _folder(self.keep) as root:
            folder = DemoFolder(root)
            sample = self._prepare(folder)
            with S3Server(folder.server, program=program) as server:
                self._say(f"Started a real S3 server (SeaweedFS) at {server.endpoint_url}")
                folder.write_settings(server)
                with private_environment(folder):
                    codes = self._run_commands(folder, sample)
                comparisons = _compare(server, sample)
            self._show(comparisons, folder.last_statuses())
            self._say_how_to_go_on(folder)
        right = not any(codes) and all(comparison.equal for comparison in comparisons)
        return EXIT_SUCCESS if right else EXIT_FAILURE

    def _prepare(self, folder: DemoFolder) -> Sample:
        started_seconds = time.monotonic()
        first = self.last_day - timedelta(days=self.days - 1)
        days = tuple(first + timedelta(days=number) for number in range(self.days))
        sample = write_sample(folder.data, days)
        seconds = time.monotonic() - started_seconds
        self._say(
            f"Wrote {counted(sample.files, 'file')} for {days_span(days[0], days[-1])} "
            f"below {folder.data} ({seconds:.1f} s)"
        )
        return sample

    def _run_commands(self, folder: DemoFolder, sample: Sample) -> list[int]:
        place = ["--config", str(folder.configuration)]
        period = ["--from", sample.days[0].isoformat(), "--to", sample.days[-1].isoformat()]
        return [self._run(["sync", *place, *period]), self._run(["status", *place])]

    def _run(self, arguments: list[str]) -> int:
        self._say(f"\n$ {_command_line(['mochok', *arguments])}")
        code = self.run_command(arguments)
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt  # the command took the signal; the tour ends with it
        return code

    def _show(self, comparisons: Sequence[Comparison], statuses: Mapping[str, str]) -> None:
        table = Table(
            title="What arrived, compared byte for byte by another S3 client",
            box=box.ROUNDED if self.console.is_terminal else box.ASCII,
            title_justify="left",
        )
        table.add_column("Configuration")
        table.add_column("Last sync")
        for heading in ("Files on disk", "Objects in S3", "Bytes"):
            table.add_column(heading, justify="right")
        table.add_column("Equal")
        for found in comparisons:
            style = "green" if found.equal else "red"
            answer = f"[{style}]{'yes' if found.equal else 'NO'}[/]"
            status = statuses.get(found.name, "never ran")
            table.add_row(
                found.name, status, f"{found.files}", f"{found.objects}", f"{found.size_bytes:,}", answer
            )
        self._say("")
        self.console.print(table)
        for found in comparisons:
            for key in found.wrong[:WRONG_KEYS_SHOWN]:
                self._say(f"{found.name}: not as it must be: {key}")

    def _say_how_to_go_on(self, folder: DemoFolder) -> None:
        if self.keep is None:
            self._say(
                "\nThe server is stopped and its folder is gone. To keep both: mochok demo --keep FOLDER"
            )
            return
        self._say(f"\nKept in {folder.root}. To go on, start the server again and leave it running:")
        self._say(f"  {_command_line(['mochok', 'demo', '--serve', str(folder.root)])}")
        self._say("and in another terminal:")
        for line in follow_up_lines(folder):
            self._say(f"  {line}")

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def serve(root: Path, console: Console) -> None:
    """Serve a kept demonstration until Ctrl-C. Raises UsageError if ``root`` holds none."""
    folder = DemoFolder(root)
    if not (folder.server / "server.json").is_file():
        raise UsageError(f"{root} holds no kept demonstration", hint=f"mochok demo --keep {root}")
    with S3Server(folder.server) as server:
        console.print(f"The S3 server listens at {server.endpoint_url}; Ctrl-C stops it.", markup=False)
        console.print("In another terminal:")
        for line in follow_up_lines(folder):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
        server.wait()


def follow_up_lines(folder: DemoFolder) -> Iterator[str]:
    """The commands that use a kept demonstration, in the words of this platform's shell."""
    for name, value in folder.variables().items():
        yield f"$env:{name} = '{value}'" if os.name == "nt" else f"export {name}={shlex.quote(value)}"
    for command in ("sync", "status", "history"):
        yield _command_line(["mochok", command, "--config", str(folder.configuration)])


def plain_console() -> Console:
    """Rich on a terminal; elsewhere plain text, wide enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH_COLUMNS)


def _compare(server: S3Server, sample: Sample) -> list[Comparison]:
    inventory = Inventory(server, BUCKET)
    try:
        return [
            inventory.compare(name, PREFIXES[name], expected) for name, expected in sample.expected.items()
        ]
    finally:
        inventory.close()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="mochok-demo-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise UsageError(f"{keep} is not an empty folder", hint="name a new or an empty one")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def _command_line(words: Sequence[str]) -> str:
    if os.name == "nt":
        return " ".join(f'"{word}"' if " " in word else word for word in words)
    return shlex.join(words)
