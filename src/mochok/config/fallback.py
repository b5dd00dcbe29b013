"""What of a configuration with mistakes can still be used: where its log and its state are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mochok.config.diagnostics import Diagnostics
from mochok.config.environment import substitute
from mochok.config.legacy import migrate_legacy
from mochok.config.load import names_in, to_python
from mochok.config.merge import apply_defaults, read_with_includes
from mochok.config.schema import GlobalSettings
from mochok.config.side_files import default_names
from mochok.config.values import is_foreign

_KEYS = ("log_directory", "state_file", "ledger_file", "timezone", "log_retention_months")
_LINE = re.compile(rf"^\s+({'|'.join(_KEYS)}):[ \t]+[\"']?([^\"'#\r\n]+?)[\"']?\s*(?:#.*)?$", re.MULTILINE)


def usable_globals(path: Path, environ: Mapping[str, str]) -> GlobalSettings:
    """The ``global`` settings that are right, and the defaults of the others; for reporting the mistakes.

    Of a file that is no YAML at all, simple lines such as ``log_directory: "log"`` count.
    """
    absolute = Path(os.path.abspath(path))
    context = {"folder": absolute.parent}
    content = _content(path, environ)
    usable: dict[str, Any] = dict(default_names(absolute, names_in(content)))
    for key, value in _globals(content).items():
        try:
            GlobalSettings.model_validate({key: value}, context=context)
        except ValidationError:
            continue
        usable[key] = value
    usable = {key: value for key, value in usable.items() if not is_foreign(str(value))}
    return GlobalSettings.model_validate(usable, context=context)


def _content(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    read, _files = read_with_includes(path, str(path), Diagnostics())
    if read is None:
        return {"global": _simple_lines(path)}
    tree = apply_defaults(substitute(migrate_legacy(read)[0], environ, Diagnostics()), Diagnostics())
    content: dict[str, Any] = to_python(tree)
    return content


def _globals(content: Mapping[str, Any]) -> dict[str, Any]:
    section = content.get("global")
    return {key: section[key] for key in _KEYS if key in section} if isinstance(section, dict) else {}


def _simple_lines(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError:
        return {}
    return {found[1]: found[2] for found in _LINE.finditer(text)}
