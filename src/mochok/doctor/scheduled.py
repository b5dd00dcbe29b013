"""What a scheduled run would lack of the environment that this command has. Pure.

cron, systemd and the Windows task scheduler start a program without the user's shell: in another folder,
with a short PATH, and without what was exported in a terminal.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mochok.config.document import MappingNode, Node, ScalarNode, SequenceNode
from mochok.doctor.check import Check

SHORT_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_MATTERS = re.compile(
    r"AWS_(?!EC2_METADATA_DISABLED)\w+|MOCHOK_\w+|(?:HTTPS?|ALL|NO)_PROXY|TZ|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<!\\)\$\{([A-Za-z_][A-Za-z0-9_]*)(:-)?")
_ADVICE = {
    "AWS_PROFILE": "name it in the configuration: aws_profile",
    "AWS_DEFAULT_PROFILE": "name it in the configuration: aws_profile",
    "AWS_REGION": "name it in the configuration: aws_region",
    "AWS_DEFAULT_REGION": "name it in the configuration: aws_region",
    "AWS_ACCESS_KEY_ID": "put the keys into a profile: aws configure --profile NAME",
    "AWS_SECRET_ACCESS_KEY": "put the keys into a profile: aws configure --profile NAME",
    "AWS_SESSION_TOKEN": "it ends after hours; a scheduled run needs a profile that can renew itself",
    "AWS_ENDPOINT_URL": "name the server in the configuration: endpoint_url",
    "AWS_ENDPOINT_URL_S3": "name the server in the configuration: endpoint_url",
    "MOCHOK_CONFIG": "name the file in the job: --config PATH",
    "TZ": "set global.timezone",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where this command stands. ``explicit``: the configuration was named with --config."""

    environ: Mapping[str, str]
    config_path: Path
    explicit: bool
    program: Path
    home: Path
    windows: bool = os.name == "nt"


def references(node: Node) -> dict[str, bool]:
    """The environment variables that a configuration file uses: name -> whether it has a default."""
    if isinstance(node, ScalarNode):
        return {name: bool(default) for name, default in _REFERENCE.findall(node.written)}
    inner = node.items if isinstance(node, SequenceNode) else [entry.node for entry in node.entries.values()]
    found: dict[str, bool] = {}
    for each in inner:
        for name, default in references(each).items():
            found[name] = found.get(name, True) and default
    return found


def without(environ: Mapping[str, str], used: Mapping[str, bool]) -> dict[str, str]:
    """``environ`` as a scheduled run has it: without what matters here and only this session has."""
    return {
        name: value for name, value in environ.items() if not _MATTERS.fullmatch(name) and name not in used
    }


def lacking(around: Surroundings, tree: MappingNode | None) -> Iterator[Check]:
    """One check for each thing that would be missing, and the command line that a job should have."""
    used = references(tree) if tree is not None else {}
    yield from _variables(around.environ, used)
    yield from _folder(around)
    yield from _home(around)
    yield from _path(around)
    yield Check("note", "scheduled run", f"the job's command line: {command_line(around)}")


def command_line(around: Surroundings) -> str:
    """What to write into the job: nothing in it depends on folder or PATH."""
    words = [str(around.program), "sync", "--config", str(around.config_path)]
    if around.windows:
        return " ".join(f'"{word}"' if " " in word else word for word in words)
    return shlex.join(words)


def _variables(environ: Mapping[str, str], used: Mapping[str, bool]) -> Iterator[Check]:
    for name in sorted(environ):
        if name in used:
            yield _used_variable(name, has_default=used[name])
        elif _MATTERS.fullmatch(name):
            hint = _ADVICE.get(name.upper(), "set it in the job as well, if the run needs it")
            yield Check("warning", "scheduled run", f"{name} is set in this session; a job lacks it", hint)


def _used_variable(name: str, *, has_default: bool) -> Check:
    told = f"the configuration uses ${{{name}}}, which is set in this session; a job lacks it"
    if has_default:
        return Check("warning", "scheduled run", f"{told} and takes the default", "set it in the job")
    return Check("warning", "scheduled run", told, f"set {name} in the job, or write ${{{name}:-default}}")


def _folder(around: Surroundings) -> Iterator[Check]:
    if not around.explicit:
        told = f"{around.config_path} was found from here; a job starts in another folder"
        yield Check("warning", "scheduled run", told, "name the file in the job: --config PATH")


def _home(around: Surroundings) -> Iterator[Check]:
    folder = around.home / ".aws"
    variable = "USERPROFILE" if around.windows else "HOME"
    if folder.is_dir():
        told = f"AWS profiles come from {folder}, found through {variable}"
        hint = f"run the job as this user with {variable} set, or give its own user such a folder"
        yield Check("note", "scheduled run", told, hint)
    else:
        told = f"this user has no AWS profiles ({folder} does not exist)"
        yield Check("note", "scheduled run", told, "a job needs a profile, or a role of its machine")


def _path(around: Surroundings) -> Iterator[Check]:
    if around.windows or str(around.program.parent) in SHORT_PATH:
        return
    told = f"{around.program} is not in a job's usual PATH ({':'.join(SHORT_PATH)})"
    yield Check("note", "scheduled run", told, "write the full path in the job")
