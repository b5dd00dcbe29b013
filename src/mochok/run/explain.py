"""Why one file is sent, or is not: the decision of a run for a single name, with all that went into it.

The decision itself is the planner's (``plan.planner.decide``), so this cannot tell another story than a run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass

from mochok.errors import FileLeftOutError, SourceError, UsageError
from mochok.model import Action, LedgerEntry, RemoteObject, SourceFile
from mochok.plan.filters import FilterRule, deciding_rule
from mochok.plan.planner import decide
from mochok.run.job import Job
from mochok.scan import MAX_KEY_BYTES
from mochok.source_files import change_time_ns


@dataclass(frozen=True, slots=True)
class LocalFile:
    """The file as a run's walk would see it. ``problem`` says why it would not be taken, "" if it would;
    ``instead`` what a run does with it if that is not to leave it out.
    """

    path: str
    file: SourceFile | None
    problem: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """``rule`` is the deciding filter with its position from 0, None if no filter matches. ``action`` None:
    there is neither a file nor an object, or nobody knows what is in the bucket.
    """

    rule: tuple[int, FilterRule] | None
    selected: bool
    action: Action | None


def key_of(job: Job, path: str) -> str:
    """The key, relative to the prefix, of what the user calls ``path``.

    ``path`` is absolute, relative to the source folder, or relative to the current folder. Raises UsageError
    if it lies outside the source folder.
    """
    source = job.paths.source
    if not os.path.isabs(path) and os.path.lexists(os.path.join(source, path)):
        return _relative(source, os.path.join(source, path), path)
    absolute = os.path.abspath(path)
    if os.path.isabs(path) or (os.path.lexists(absolute) and _is_below(source, absolute)):
        return _relative(source, absolute, path)
    return _relative(source, os.path.join(source, path), path)


def look_at(job: Job, key: str) -> LocalFile:
    """The local file of ``key``, judged by the rules of ``scan``."""
    path = os.path.join(job.paths.source, *key.split("/"))
    if problem := _name_problem(job, key) or _link_problem(job, key):
        return LocalFile(path, None, problem)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        dangling = os.path.lexists(path)
        return LocalFile(path, None, "it is a symbolic link to nothing" if dangling else "")
    except OSError as error:
        return LocalFile(path, None, f"it cannot be read: {error.strerror}")
    if stat.S_ISDIR(status.st_mode):
        return LocalFile(path, None, "it is a folder; name a file in it", "look at each file in it")
    if not stat.S_ISREG(status.st_mode):
        return LocalFile(path, None, "it is a device, socket or FIFO", "pass over it")
    try:
        job.opening.source.open(path).close()
    except FileLeftOutError as error:
        return LocalFile(path, None, error.message)
    times = status.st_mtime_ns, change_time_ns(status)
    return LocalFile(path, SourceFile(key, path, status.st_size, *times))


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
    takes_part = local.file is not None or not local.problem
    if (local.file is None and remote is None) or not takes_part:
        return Decision(rule, rules.selects_key(key), None)
    return Decision(rule, rules.selects_key(key), decide((local.file, remote), rules, ledger))


def _relative(source: str, absolute: str, given: str) -> str:
    normal = os.path.normpath(absolute)
    if not _is_below(source, normal):
        raise UsageError(
            f"{given} does not lie below the source folder {source}",
            hint="name a file below it, or another day with --target-date",
        )
    return os.path.relpath(normal, source).replace(os.sep, "/")


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
    """Why the configuration's ``symlinks`` keeps the walk from ``key``, "" if it does not."""
    symlinks = job.opening.source.symlinks
    if symlinks == "follow":
        return ""
    try:
        job.opening.source.check()
    except SourceError as error:
        return error.message
    path, real_source = job.paths.source, os.path.realpath(job.paths.source)
    for name in key.split("/"):
        path = os.path.join(path, name)
        if not os.path.islink(path):
            continue
        if symlinks == "ignore":
            return f"{path} is a symbolic link, and symbolic links are ignored"
        if not _is_below(real_source, os.path.realpath(path)):
            return f"{path} is a symbolic link that leads out of the source folder"
    return ""
