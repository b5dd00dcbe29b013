"""What of a configuration with mistakes can still be used: where its log and its state are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mochok.config.diagnostics import Diagnostics
from mochok.config.document import MappingNode
from mochok.config.environment import substitute
from mochok.config.legacy import migrate_legacy
from mochok.config.load import to_python
from mochok.config.merge import read_with_includes
from mochok.config.schema import GlobalSettings

_KEYS = ("log_directory", "state_file", "ledger_file", "timezone", "log_retention_months")
_LINE = re.compile(rf"^\s+({'|'.join(_KEYS)}):[ \t]+[\"']?([^\"'#\r\n]+?)[\"']?\s*(?:#.*)?$", re.MULTILINE)


def usable_globals(path: Path, environ: Mapping[str, str]) -> GlobalSettings:
    """The ``global`` settings that are right, and the defaults of the others; for reporting the mistakes.

    Of a file that is no YAML at all, simple lines such as ``log_directory: "log"`` count.
    """
    context = {"folder": Path(os.path.abspath(path)).parent}
    usable: dict[str, Any] = {}
    for key, value in _globals(path, environ).items():
        try:
            GlobalSettings.model_validate({key: value}, context=context)
        except ValidationError:
            continue
        usable[key] = value
    return GlobalSettings.model_validate(usable, context=context)


def _globals(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    read, _files = read_with_includes(path, str(path), Diagnostics())
    if read is None:
        return _simple_lines(path)
    tree = substitute(migrate_legacy(read)[0], environ, Diagnostics())
    section = tree.entries.get("global") if isinstance(tree, MappingNode) else None
    content = to_python(section.node) if section is not None else {}
    return {key: content[key] for key in _KEYS if key in content} if isinstance(content, dict) else {}


def _simple_lines(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError:
        return {}
    return {found[1]: found[2] for found in _LINE.finditer(text)}
