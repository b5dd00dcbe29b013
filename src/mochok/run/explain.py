"""Why a run uploads one file, or does not: the decision of ``plan.planner.decide`` for a single name."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from mochok.errors import FileLeftOutError, SourceError, UsageError
from mochok.model import Action, LedgerEntry, RemoteObject, SourceFile
from mochok.plan.filters import FilterRule, deciding_rule
from mochok.plan.planner import decide, decide_by_ledger
from mochok.run.job import Job
from mochok.scan import MAX_KEY_BYTES
from mochok.source_files import change_time_ns


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as the scan finds it; the ``problem`` why it is skipped, what a run does ``instead``."""

    path: str
    file: SourceFile | None
    problem: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """``rule``: the deciding filter and its index, or None. ``action`` None: nothing exists, or is known.

    ``listed``: the day of the earlier listing that the run relies on, None if it lists the bucket;
    ``when_listed`` is the action if it listed the bucket.
    """

    rule: tuple[int, FilterRule] | None
    selected: bool
    action: Action | None
    listed: date | None = None
    when_listed: Action | None = None


def key_of(job: Job, path: str) -> str:
    """The key, relative to the prefix, of what the user calls ``path``.

    ``path`` is absolute, relative to the source folder, or relative to the current folder. Raises UsageError
    if it is outside the source folder.
    """
    source, here = job.paths.source, absolute(path)
    chosen = os.path.normpath(os.path.join(source, path))  # an absolute path stays as it is
    if not os.path.lexists(chosen) and os.path.lexists(here) and _is_below(source, here):
        chosen = here
    if not _is_below(source, chosen):
        raise UsageError(
            f"{path} is not below the source folder {source}",
            hint="name a file below it, or another day with --target-date",
        )
    return os.path.relpath(chosen, source).replace(os.sep, "/")


def absolute(path: str) -> str:
    """``path`` from the current folder; as it is if that was removed."""
    try:
        return os.path.abspath(path)
    except OSError:
        return path


def stat_local(job: Job, key: str) -> LocalFile:
    """The local file of ``key``, by the rules of ``scan``."""
    path = os.path.join(job.paths.source, *key.split("/"))
    if problem := _name_problem(job, key) or _link_problem(job, key):
        return LocalFile(path, None, problem)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return LocalFile(path, None, "it is a broken symbolic link" if os.path.lexists(path) else "")
    except OSError as error:
        return LocalFile(path, None, f"it cannot be read: {error.strerror}")
    if stat.S_ISDIR(status.st_mode):
        return LocalFile(path, None, "it is a folder; name a file in it", "check each file in it")
    if not stat.S_ISREG(status.st_mode):
        return LocalFile(path, None, "it is a device, socket or FIFO", "ignore it")
    return _opened(job, SourceFile(key, path, status.st_size, status.st_mtime_ns, change_time_ns(status)))


def explain(
    job: Job,
    key: str,
    local: LocalFile,
    remote: RemoteObject | None,
    ledger: Mapping[str, LedgerEntry],
    *,
    doubtful_from_ns: int | None = None,
) -> Decision:
    """What a run would do for ``key``, and the filter that decided. ``doubtful_from_ns`` as in ``Rules``."""
    rules = job.rules(doubtful_from_ns).compiled()
    rule = deciding_rule(job.filters, key, ignore_case=job.ignore_case)
    undecided = local.file is None and (remote is None or local.problem)
    action = None if undecided else decide((local.file, remote), rules, ledger)
    return Decision(rule, rules.selects_key(key), action)


def by_earlier_listing(
    decision: Decision, job: Job, local: LocalFile, entry: LedgerEntry | None, listed: date
) -> Decision:
    """``decision``, of a run that lists the bucket, for a run that relies on the listing of ``listed``."""
    if local.file is None:
        return decision
    action = decide_by_ledger(local.file, entry, job.rules().compiled())
    return replace(decision, action=action, listed=listed, when_listed=decision.action)


def _opened(job: Job, file: SourceFile) -> LocalFile:
    try:
        job.opening.source.open(file.path).close()
    except FileLeftOutError as error:
        return LocalFile(file.path, None, error.message)
    return LocalFile(file.path, file)


def _is_below(folder: str, path: str) -> bool:
    start = os.path.join(os.path.normcase(os.path.normpath(folder)), "")
    return os.path.normcase(os.path.normpath(path)).startswith(start)


def _name_problem(job: Job, key: str) -> str:
    if not os.path.isdir(job.paths.source):
        return "the source folder does not exist"
    try:
        length_bytes = len(key.encode())
    except UnicodeEncodeError:
        return "its name is not valid UTF-8"
    too_long = job.prefix_bytes + length_bytes > MAX_KEY_BYTES
    return "its key would be longer than S3's 1,024 bytes" if too_long else ""


def _link_problem(job: Job, key: str) -> str:
    """Why the configuration's ``symlinks``, or a loop of them, keeps the scan from ``key``, or ""."""
    symlinks = job.opening.source.symlinks
    try:
        if symlinks != "follow":
            job.opening.source.check()
    except SourceError as error:
        return error.message
    path, real_source = job.paths.source, os.path.realpath(job.paths.source)
    parents = {real_source}
    for name in key.split("/"):
        path = os.path.join(path, name)
        real = os.path.realpath(path)
        is_link = os.path.islink(path)
        if is_link and symlinks == "ignore":
            return f"{path} is a symbolic link, and symbolic links are ignored"
        if is_link and symlinks == "inside" and real != real_source and not _is_below(real_source, real):
            return f"{path} is a symbolic link that leads out of the source folder"
        if real in parents:
            return f"{path} is a symbolic link back to one of its parent folders"
        parents.add(real)
    return ""
