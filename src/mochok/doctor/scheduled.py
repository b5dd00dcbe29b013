"""What this session has that a scheduled job will not. Pure.

cron, systemd and the Windows task scheduler start a program without the user's shell: in another folder,
with a short PATH, and without what was exported in a terminal.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mochok.config.document import Node, scalars
from mochok.doctor.check import Check, Level

SHORT_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_MATTERS = re.compile(
    r"AWS_(?!EC2_METADATA_DISABLED)\w+|MOCHOK_\w+|(?:HTTPS?|ALL|NO)_PROXY|TZ|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<!\\)\$\{(?!file:(?!-))([A-Za-z_][A-Za-z0-9_]*)(:-)?")
_ADVICE = {
    **dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "set aws_profile in the configuration"),
    **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "set aws_region in the configuration"),
    **dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"), "set endpoint_url in the configuration"),
    **dict.fromkeys(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "store the keys in a profile: aws configure --profile NAME",
    ),
    "AWS_SESSION_TOKEN": "it expires after hours; use a profile with credentials that can be renewed",
    "MOCHOK_CONFIG": "name the file in the job: --config PATH",
    "TZ": "set global.timezone",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """How this command was started. ``explicit``: the configuration was named with --config."""

    environ: Mapping[str, str]
    config_path: Path
    explicit: bool
    program: Path
    home: Path
    windows: bool = os.name == "nt"


def references(root: Node) -> dict[str, bool]:
    """The environment variables that a configuration file uses: name -> whether all have a default."""
    found: dict[str, bool] = {}
    for _path, node in scalars(root):
        for name, default in _REFERENCE.findall(node.written):
            found[name] = found.get(name, True) and bool(default)
    return found


def job_environment(environ: Mapping[str, str], used: Mapping[str, bool]) -> dict[str, str]:
    """``environ`` without what only this session has; ``used`` are the variables of the configuration."""
    return {name: text for name, text in environ.items() if not _MATTERS.fullmatch(name) and name not in used}


def session_only(command: Invocation, used: Mapping[str, bool]) -> Iterator[Check]:
    """One check for each thing that a job will not have, and the command line that the job should have."""
    for name in sorted(command.environ):
        if name in used:
            message = f"the configuration uses ${{{name}}}, which is set in this session but not in a job"
            if used[name]:
                yield _check("warning", f"{message}; the default will be used", f"set {name} in the job")
            else:
                yield _check("warning", message, f"set {name} in the job, or write ${{{name}:-default}}")
        elif _MATTERS.fullmatch(name):
            advice = _ADVICE.get(name.upper(), "set it in the job as well, if the run needs it")
            yield _check("warning", f"{name} is set in this session but not in a job", advice)
    if not command.explicit:
        message = f"{command.config_path} was found from the current folder; a job starts in another one"
        yield _check("warning", message, "name the file in the job: --config PATH")
    yield _profiles(command)
    if not command.windows and str(command.program.parent) not in SHORT_PATH:
        message = f"{command.program} is not in the usual PATH of a job ({':'.join(SHORT_PATH)})"
        yield _check("note", message, "write the full path in the job")
    yield _check("note", f"command line for the job: {command_line(command)}")


def command_line(command: Invocation) -> str:
    """The command line for the job; it depends on neither folder nor PATH."""
    words = [str(command.program), "sync", "--config", str(command.config_path)]
    return subprocess.list2cmdline(words) if command.windows else shlex.join(words)


def _profiles(command: Invocation) -> Check:
    folder, variable = command.home / ".aws", "USERPROFILE" if command.windows else "HOME"
    if not folder.is_dir():
        message = f"this user has no AWS profiles ({folder} does not exist)"
        return _check("note", message, "a job needs a profile, or the role of its machine")
    hint = f"run the job as this user with {variable} set, or give the job's user such a folder"
    return _check("note", f"AWS profiles come from {folder}, found through {variable}", hint)


def _check(level: Level, message: str, hint: str = "") -> Check:
    return Check(level, "scheduled run", message, hint)
