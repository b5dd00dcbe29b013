"""``mochok demo``: data, server, the real commands, and a comparison that does not trust them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from mochok.demo.configuration import BUCKET, PREFIXES, DemoFolder
from mochok.demo.inventory import Comparison, Inventory
from mochok.demo.sample import Sample, write_sample
from mochok.demo.server import S3Server, find_program
from mochok.errors import EXIT_FAILURE, EXIT_SUCCESS, UsageError
from mochok.plurals import counted, days_span

PLAIN_WIDTH_COLUMNS = 120
WRONG_KEYS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tour:
    """A demonstration of ``days`` days up to and including ``last_day``.

    ``keep`` None uses a temporary folder and removes it; otherwise everything is kept there. ``find_server``
    returns the server's program or raises PrerequisiteError.
    """

    days: int
    last_day: date
    keep: Path | None
    console: Console
    find_server: Callable[[], str] = find_program

    def run(self) -> int:
        """Show everything; returns 0 if each command succeeded and each object is right.

        Raises PrerequisiteError if the server cannot start, UsageError if ``keep`` is not an empty folder.
        """
        program = self.find_server()  # before anything is written
        with _folder(self.keep) as root:
            folder = DemoFolder(root)
            sample = self._prepare(folder)
            with S3Server(folder.server, program=program) as server:
                self._print(f"Started a real S3 server (SeaweedFS) at {server.endpoint_url}")
                folder.write_settings(server)
                codes = self._run_commands(folder, sample)
                with closing(Inventory(server, BUCKET)) as inventory:
                    compared = [
                        inventory.compare(name, PREFIXES[name], files)
                        for name, files in sample.expected.items()
                    ]
            self._show(compared, folder.last_statuses())
            self._print_next_steps(folder)
        right = not any(codes) and all(comparison.equal for comparison in compared)
        return EXIT_SUCCESS if right else EXIT_FAILURE

    def _prepare(self, folder: DemoFolder) -> Sample:
        started_seconds = time.monotonic()
        days = tuple(self.last_day - timedelta(days=number) for number in reversed(range(self.days)))
        sample = write_sample(folder.data, days)
        seconds = time.monotonic() - started_seconds
        files, span = counted(sample.files, "file"), days_span(days[0], days[-1])
        self._print(f"Wrote {files} for {span} to {folder.data} ({seconds:.1f} s)")
        return sample

    def _run_commands(self, folder: DemoFolder, sample: Sample) -> list[int]:
        period = ["--from", sample.days[0].isoformat(), "--to", sample.days[-1].isoformat()]
        return [self._run(folder, ["sync", *period]), self._run(folder, ["status"])]

    def _run(self, folder: DemoFolder, words: list[str]) -> int:
        """Run a command in a process with the demonstration's environment; the user's stays as it is."""
        arguments = [*words, "--config", str(folder.configuration)]
        self._print(f"\n$ {_command_line(['mochok', *arguments])}")
        command, environment = [sys.executable, "-m", "mochok", *arguments], folder.environment(os.environ)
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - ourselves, no shell
        try:
            return process.wait()
        finally:
            process.terminate()  # does nothing unless this process was interrupted
            process.wait()

    def _show(self, compared: Sequence[Comparison], statuses: Mapping[str, str]) -> None:
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
        for found in compared:
            equal = "[green]yes[/]" if found.equal else "[red]NO[/]"
            status, size = statuses.get(found.name, "never ran"), f"{found.size_bytes:,}"
            table.add_row(found.name, status, str(found.files), str(found.objects), size, equal)
        self._print("")
        self.console.print(table)
        for found in compared:
            for key in found.wrong[:WRONG_KEYS_SHOWN]:
                self._print(f"{found.name}: object and file differ: {key}")

    def _print_next_steps(self, folder: DemoFolder) -> None:
        if self.keep is None:
            self._print("\nServer and folder were removed. To keep both: mochok demo --keep FOLDER")
            return
        self._print(f"\nKept in {folder.root}. To continue, start the server again and leave it running:")
        self._print(f"  {_command_line(['mochok', 'demo', '--serve', str(folder.root)])}")
        self._print("and in another terminal:")
        for line in follow_up_lines(folder):
            self._print(f"  {line}")

    def _print(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def serve(root: Path, console: Console) -> None:
    """Serve a kept demonstration until Ctrl-C. Raises UsageError if ``root`` has none."""
    folder = DemoFolder(root)
    if not (folder.server / "server.json").is_file():
        raise UsageError(f"{root} is not a kept demonstration", hint=f"mochok demo --keep {root}")
    with S3Server(folder.server) as server:
        console.print(f"The S3 server listens at {server.endpoint_url}; Ctrl-C stops it.", markup=False)
        console.print("In another terminal:")
        for line in follow_up_lines(folder):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
        server.wait()


def follow_up_lines(folder: DemoFolder) -> Iterator[str]:
    """The commands that use a kept demonstration, for this platform's shell."""
    for name, value in folder.variables().items():
        yield f"$env:{name} = '{value}'" if os.name == "nt" else f"export {name}={shlex.quote(value)}"
    for command in ("sync", "status", "history"):
        yield _command_line(["mochok", command, "--config", str(folder.configuration)])


def wide_console() -> Console:
    """Rich on a terminal; elsewhere plain text, wide enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH_COLUMNS)


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
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
