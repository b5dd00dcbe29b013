"""Prepares each row's work and measures every tool on it, in turns."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bench import data
from bench.measure import Measurement, measure
from bench.rows import Row
from bench.tools import PREFIX, REGION, Job, environment, program
from mochok.demo.server import S3Server

Runs = dict[str, list[Measurement]]
"""Tool -> one measurement for each round."""


class Runner:
    """Works in ``root`` against ``server``: ``rounds`` runs of every tool, in turns."""

    def __init__(self, server: S3Server, root: Path, rounds: int) -> None:
        self._server = server
        self._root = root
        self._rounds = rounds
        self._numbers = itertools.count(1)
        self._change_rounds = itertools.count(1)
        self._settled: dict[tuple[str, Path], Job] = {}
        self._home = root / "home"
        self._home.mkdir()
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def run(self, row: Row) -> Runs:
        if row.kind == "start":
            return self._start()
        if row.kind == "fresh":
            return self._fresh(row)
        return self._settled_row(row)

    def close(self) -> None:
        self._client.close()

    def _start(self) -> Runs:
        runs: Runs = {"mochok": [], "aws": []}
        for round_number in range(self._rounds):
            for name in _turn(runs, round_number):
                runs[name].append(self._measure([program(name), "--version"], self._server.endpoint_url))
        return runs

    def _fresh(self, row: Row) -> Runs:
        """Every run fills a bucket of its own, which is dropped afterwards."""
        source = self._source(row)
        runs: Runs = {name: [] for name in row.tools}
        with self._endpoint(row.delay_seconds) as endpoint_url:
            for round_number in range(self._rounds):
                for name in _turn(runs, round_number):
                    job = self._new_job(source, endpoint_url)
                    runs[name].append(self._measure(row.tools[name](job), endpoint_url))
                    self._require_complete(name, job)
                    self._drop(job)
        return runs

    def _settled_row(self, row: Row) -> Runs:
        """Every tool has a bucket of its own that holds everything, so that none sees another's uploads."""
        source = self._source(row)
        jobs = {name: self._settled_job(name, source, row) for name in row.tools}
        runs: Runs = {name: [] for name in row.tools}
        for round_number in range(self._rounds):
            if row.kind == "changed":
                data.change(source, row.files, next(self._change_rounds))
            for name in _turn(runs, round_number):
                command = row.tools[name](jobs[name])
                runs[name].append(self._measure(command, self._server.endpoint_url))
        for name, job in jobs.items():
            self._require_complete(name, job, content=row.kind == "changed")
        return runs

    def _settled_job(self, name: str, source: Path, row: Row) -> Job:
        known = self._settled.get((name, source))
        if known is not None:
            return known
        _say(f"  filling a bucket for {name}")
        job = self._new_job(source, self._server.endpoint_url)
        self._measure(row.tools["mochok"](job), job.endpoint_url)
        self._require_complete("mochok", job)
        self._settled[name, source] = job
        return job

    def _source(self, row: Row) -> Path:
        source = self._root / f"source-{row.files}-{row.large_mib}-{row.configurations}"
        if not source.exists():
            _say(f"  writing {source.name}")
            if row.large_mib:
                data.large_file(source / "large.bin", row.large_mib)
            elif row.configurations:
                data.day_folders(source, row.configurations)
            else:
                data.small_files(source, row.files)
        return source

    def _new_job(self, source: Path, endpoint_url: str) -> Job:
        number = next(self._numbers)
        folder = self._root / f"job-{number}"
        folder.mkdir()
        bucket = f"bench-{number}"
        self._client.create_bucket(Bucket=bucket)
        return Job(source, bucket, endpoint_url, folder)

    def _drop(self, job: Job) -> None:
        self._client.delete_bucket(Bucket=job.bucket)  # SeaweedFS drops the objects along
        shutil.rmtree(job.folder)

    def _measure(self, command: list[str], endpoint_url: str) -> Measurement:
        variables = environment(self._server, endpoint_url, self._home)
        return measure(command, variables, self._root / "output.txt")

    def _require_complete(self, name: str, job: Job, *, content: bool = False) -> None:
        """What is in the bucket has the files' names and sizes, with ``content`` also their MD5 sums.

        A tool that is fast and wrong ends the benchmark.
        """
        expected = {
            f"{PREFIX}/{path.relative_to(job.source).as_posix()}": _facts(path, content=content)
            for path in job.source.rglob("*")
            if path.is_file()
        }
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=job.bucket, Prefix=PREFIX)
        found = {
            each["Key"]: (each["Size"], each["ETag"].strip('"') if content else "")
            for page in pages
            for each in page.get("Contents", ())
        }
        if found != expected:
            wrong = len(dict(expected.items() - found.items()))
            sys.exit(
                f"{name} left {len(found)} objects for {len(expected)} files, {wrong} missing or different"
            )

    @contextmanager
    def _endpoint(self, delay_seconds: float) -> Iterator[str]:
        """The server's address, or that of a proxy before it that delays each direction."""
        if not delay_seconds:
            yield self._server.endpoint_url
            return
        port = self._server.endpoint_url.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "bench.proxy", port, str(delay_seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
            assert proxy.stdout is not None
            try:
                yield f"http://127.0.0.1:{proxy.stdout.readline().strip()}"
            finally:
                proxy.terminate()


def _facts(path: Path, *, content: bool) -> tuple[int, str]:
    """A file's size and, if asked for, its MD5 sum, which is the ETag of what was sent in one request."""
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if content else ""
    return path.stat().st_size, digest


def _turn(tools: Mapping[str, object], round_number: int) -> list[str]:
    """The tools, starting with another one in each round."""
    names = list(tools)
    start = round_number % len(names)
    return names[start:] + names[:start]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
