"""What the end-to-end tests stand on: the installed command, a real server, a client that is not ours."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config

COMMAND_TIMEOUT_SECONDS = 120
REGION = "us-east-1"
DAY = "2025-01-15"

Tree = Mapping[str, bytes | str]
"""Relative path with ``/`` -> content."""


class Server(Protocol):
    """An S3 server: the real one, or one of the tests' own."""

    @property
    def endpoint_url(self) -> str: ...
    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...


@dataclass(frozen=True)
class Result:
    """What a finished command left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def must(self, exit_code: int) -> Result:
        """The result itself, or a failure that shows the whole output."""
        assert self.exit_code == exit_code, f"exit {self.exit_code}, expected {exit_code}\n{self.output}"
        assert "Traceback" not in self.output, self.output
        return self

    @property
    def flat(self) -> str:
        """The output with every run of white space as one space: tables and wrapping do not matter."""
        return re.sub(r"\s+", " ", self.output)


class Bucket:
    """One bucket of a server, seen through boto3. It does not exist until somebody creates it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def create(self) -> None:
        self.client.create_bucket(Bucket=self.name)

    def put(self, key: str, content: bytes | str) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=_bytes(content))

    def objects(self, prefix: str = "") -> dict[str, int]:
        """Key -> size of every object below ``prefix``; nothing if there is no bucket."""
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
            return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", ())}
        except self.client.exceptions.NoSuchBucket:
            return {}

    def facts(self, prefix: str = "") -> dict[str, tuple[int, str]]:
        """Size and ETag of every object below ``prefix``; the ETag of a small one is the MD5 of its bytes."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        found = [one for page in pages for one in page.get("Contents", ())]
        return {one["Key"]: (one["Size"], one["ETag"].strip('"')) for one in found}

    def keys(self, prefix: str = "") -> set[str]:
        return set(self.objects(prefix))

    def modified(self, key: str) -> datetime:
        """When an object was sent (whole seconds)."""
        moment: datetime = self.head(key)["LastModified"]
        return moment

    def download(self, key: str) -> bytes:
        with closing(self.client.get_object(Bucket=self.name, Key=key)["Body"]) as body:
            content: bytes = body.read()
        return content

    def head(self, key: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.head_object(Bucket=self.name, Key=key)
        return answer

    def exists(self) -> bool:
        names = {found["Name"] for found in self.client.list_buckets()["Buckets"]}
        return self.name in names

    def close(self) -> None:
        self.client.close()


class Workspace:
    """A user's folder: configuration, data, state, log; an empty home; nothing of the real user."""

    def __init__(self, root: Path, server: Server, bucket: Bucket) -> None:
        self.root = root
        self.server = server
        self.bucket = bucket
        self.home = root / "home"
        self.folder = root / "work"
        self.config_path = self.folder / "sync-config.yaml"
        self.state_path = self.folder / "state.json"
        for folder in (self.home, self.folder):
            folder.mkdir(parents=True)
        for name in ("aws-config", "aws-credentials"):
            (self.home / name).write_text("")

    def copy_to(self, root: Path) -> Workspace:
        """A workspace of its own as this one is now; the configuration goes on naming this one's data."""
        copied = Workspace(root, self.server, self.bucket)
        shutil.copytree(self.folder, copied.folder, dirs_exist_ok=True)
        return copied

    # What a user writes

    def configuration(self, name: str = "Daily", **changes: Any) -> dict[str, Any]:
        """A DateFolder configuration of the folder ``data`` to the prefix ``{year}/{month}/{day}``.

        ``changes`` replace whole keys; ``destination`` is merged into ``destination_config``.
        """
        destination = {
            "bucket_name": self.bucket.name,
            "aws_region": REGION,
            "endpoint_url": self.server.endpoint_url,
        }
        destination |= changes.pop("destination", {})
        return {
            "name": name,
            "description": f"{name} of the tests",
            "enabled": True,
            "local_base_path": str(self.folder / "data"),
            "sync_strategy": {"type": "DateFolder"},
            "destination_config": destination,
        } | changes

    def whole_folder(self, name: str = "Whole", prefix: str = "whole", **changes: Any) -> dict[str, Any]:
        """A FullDirectory configuration of the folder ``data`` to one prefix."""
        destination = {"s3_path_structure": prefix} | changes.pop("destination", {})
        strategy = {"type": "FullDirectory"}
        return self.configuration(name, sync_strategy=strategy, destination=destination, **changes)

    def configure(self, *configurations: dict[str, Any], **global_settings: Any) -> Path:
        """Write ``sync-config.yaml`` (JSON is YAML). By default files that have just been written count as
        settled: those of the tests have.
        """
        global_settings = {"settle_minutes": 0} | global_settings
        document = {"global": global_settings, "sync_configurations": list(configurations)}
        return self.configure_text(json.dumps(document, indent=2, ensure_ascii=False))

    def configure_text(self, text: str) -> Path:
        self.config_path.write_text(text, "utf-8")
        return self.config_path

    def write(self, tree: Tree, below: str = "data") -> Path:
        """Write files below a folder of the workspace."""
        root = self.folder / below
        root.mkdir(parents=True, exist_ok=True)
        for name, content in tree.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(content))
        return root

    # What a user does

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        program: Sequence[str] = (),
    ) -> Result:
        """Run the installed ``mochok`` in the workspace, or another ``program`` with these arguments.

        ``env`` changes :meth:`environment`; None removes a variable.
        """
        done = subprocess.run(
            [*(program or [installed_command()]), *arguments],
            cwd=self.folder,
            env=self.environment(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        result = Result(done.returncode, _text(done.stdout), _text(done.stderr))
        self.check_no_secret_shows(result)
        return result

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command that goes on while the test does, and is gone at its end; its output is in ``output``."""
        with (
            open(self.root / "output", "wb") as output,
            subprocess.Popen(
                [installed_command(), *arguments],
                cwd=self.folder,
                env=self.environment({}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def check_no_secret_shows(self, result: Result) -> None:
        """After every run: the secret key is in no output and in no file that Mochok wrote."""
        secret = self.server.secret_key
        assert secret not in result.output, "the secret key shows"
        for path in [*self.folder.iterdir(), *self.folder.glob("log/*")]:
            if path.is_file() and path != self.config_path:
                with contextlib.suppress(FileNotFoundError):  # another run's, which goes on meanwhile
                    assert secret.encode() not in path.read_bytes(), f"{path.name} holds the secret key"

    def sync(self, *arguments: str, day: str = DAY, env: Mapping[str, str | None] | None = None) -> Result:
        return self.run("sync", "--target-date", day, *arguments, env=env)

    def environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        """Everything a command needs and nothing of the user who runs the tests."""
        system = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ
        }
        own = {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "AWS_ACCESS_KEY_ID": self.server.access_key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret_key,
            "AWS_CONFIG_FILE": str(self.home / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "aws-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "LANG": "C.UTF-8",
            "PYTHONUTF8": "1",
            "TZ": "UTC",
            "COLUMNS": "200",
        }
        return {name: value for name, value in {**system, **own, **changes}.items() if value is not None}

    # What a user finds afterwards

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.state_path.read_text("utf-8"))
        return content

    def result_of(self, name: str) -> dict[str, Any]:
        """The configuration's entry in ``state.json``."""
        found: dict[str, Any] = self.state()["configurationResults"][name]
        return found

    def log(self) -> str:
        """The text of all monthly logs."""
        paths = sorted((self.folder / "log").glob("sync_*.log"))
        return "".join(path.read_text("utf-8") for path in paths)


def installed_command() -> str:
    """The console script that belongs to this Python: what users run."""
    found = shutil.which("mochok", path=sysconfig.get_path("scripts"))
    assert found is not None, "mochok is not installed for this Python: pip install -e '.[dev]'"
    return found


def unique_bucket_name() -> str:
    return f"test-{uuid.uuid4().hex[:20]}"


def noon_ns(day: str) -> int:
    """Noon of a day in UTC, in nanoseconds since the epoch."""
    moment = datetime.combine(date.fromisoformat(day), time(12), tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _text(output: bytes) -> str:
    return output.decode("utf-8").replace("\r\n", "\n")
