"""The user's machine in the pictures: folders, a configuration, and a real server.

Its folders are below ``/tmp``, with names as long as those that the pictures show, so that
:meth:`Machine.named` can replace them by the shown names without moving a column.
"""

from __future__ import annotations

import os
import random
import shutil
import string
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from mochok.demo.server import S3Server
from scripts.pictures.terminal import Recording, Rows, never, record

HOME, INVOICES, SHOP, LOGS = "/var/lib/mochok", "/srv/invoices", "/srv/web-shop", "/var/log/erp"
BUCKET, PROFILE, REGION = "example-archive", "mochok", "eu-south-2"
CONFIGURATION = f"""\
global:
  timezone: UTC
  settle_minutes: 0

defaults:
  destination_config:
    bucket_name: {BUCKET}
    aws_profile: {PROFILE}
    aws_region: {REGION}
    endpoint_url: ENDPOINT

sync_configurations:
- name: "Invoices"
  description: "What the invoicing system writes each working day"
  enabled: true
  local_base_path: "{INVOICES}"
  sync_strategy: {{type: DateFolder}}
  destination_config: {{s3_path_structure: "invoices/{{year}}/{{month}}/{{day}}"}}
  sync_options: ["--exclude=*.tmp"]
  expected_days: weekdays
- name: "Web shop"
  description: "The whole shop, as it is today"
  enabled: true
  local_base_path: "{SHOP}"
  sync_strategy: {{type: FullDirectory}}
  destination_config: {{s3_path_structure: "shop"}}
  sync_options: ["--delete"]
- name: "ERP logs"
  description: "The logs of the last week"
  enabled: true
  local_base_path: "{LOGS}"
  sync_strategy: {{type: DateRange, date_range_days_back: 7}}
  destination_config: {{s3_path_structure: "erp-logs/{{year}}/{{month}}"}}
"""


@dataclass(frozen=True)
class Machine:
    """``folders``: shown folder -> real folder."""

    server: S3Server
    folders: dict[str, Path]

    def configure(self, text: str = CONFIGURATION) -> None:
        """Write ``sync-config.yaml`` with the real folders and the real ``ENDPOINT``."""
        for shown, folder in self.folders.items():
            text = text.replace(f'"{shown}"', f'"{folder}"')
        text = text.replace("ENDPOINT", self.server.endpoint_url)
        (self.folders[HOME] / "sync-config.yaml").write_text(text, "utf-8")

    def write(self, folder: str, name: str, size_bytes: int, day: date) -> None:
        """A file in a shown folder, last changed at noon of ``day``; the same bytes each time."""
        path = self.folders[folder] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.Random(name).randbytes(size_bytes))  # noqa: S311 - only content
        noon = datetime.combine(day, time(12), UTC).timestamp()
        os.utime(path, (noon, noon))

    def remove(self, folder: str, name: str) -> None:
        (self.folders[folder] / name).unlink()

    def run(
        self, *arguments: str, columns: int = 120, wanted: Callable[[str], bool] = never, secret_key: str = ""
    ) -> Recording:
        """Run the installed ``mochok`` in HOME; ``secret_key`` instead of the right one."""
        self._write_credentials(secret_key or self.server.secret_key)
        command = [_installed_command(), *arguments]
        done = record(command, columns, self.folders[HOME], self._environment(), wanted)
        return Recording(done.exit_code, self.named(done.final), tuple(map(self.named, done.frames)))

    def named(self, rows: Rows) -> Rows:
        """The same rows with the shown folders. Raises ValueError if a part of a real one remains."""
        return tuple(tuple(replace(run, text=self._named(run.text)) for run in row) for row in rows)

    def _named(self, text: str) -> str:
        for shown, folder in self.folders.items():
            text = text.replace(str(folder), shown)
            parent, name = os.path.split(folder)
            if f"{parent}/{name[:2]}" in text:
                raise ValueError(f"a part of {folder} remains in {text!r}: {shown}")
        return text

    def _write_credentials(self, secret_key: str) -> None:
        lines = [f"[{PROFILE}]", f"aws_access_key_id = {self.server.access_key}"]
        path = self.folders[HOME] / "credentials"
        path.write_text("\n".join([*lines, f"aws_secret_access_key = {secret_key}", ""]), "utf-8")

    def _environment(self) -> dict[str, str]:
        home = self.folders[HOME]
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }


@contextmanager
def machine(server: S3Server | None = None) -> Iterator[Machine]:
    """A new machine with a new server, unless one is given; both are removed at the end."""
    with ExitStack() as stack:
        if server is None:
            served = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            server = stack.enter_context(S3Server(Path(served)))
        folders = {}
        for shown in (HOME, INVOICES, SHOP, LOGS):
            folders[shown] = _folder_as_long_as(shown)
            stack.callback(shutil.rmtree, folders[shown], ignore_errors=True)
        made = Machine(server, folders)
        made.configure()
        yield made


def _folder_as_long_as(shown: str) -> Path:
    """A new folder that only this user can read. Raises OSError if it cannot be created."""
    letters = random.SystemRandom().choices(string.ascii_lowercase, k=len(shown) - len("/tmp/"))  # noqa: S108
    path = Path("/tmp", "".join(letters))  # noqa: S108 - as short as the names that are shown
    path.mkdir(mode=0o700)
    return path


def _installed_command() -> str:
    found = shutil.which("mochok", path=sysconfig.get_path("scripts"))
    if found is None:
        raise FileNotFoundError("mochok is not installed for this Python")
    return found


def plain(arguments: Sequence[str]) -> str:
    """The command as it is shown after the prompt."""
    return " ".join(["mochok", *(f'"{word}"' if " " in word else word for word in arguments)])
