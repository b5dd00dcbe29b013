"""``${NAME}``, ``${NAME:-default}`` and ``${file:PATH}`` in values; ``\\${`` stays ``${``.

Only values are replaced, never keys, and only once: what is inserted is not searched for references. It may
be a secret, so ``redact`` learns it; but not a variable's value where a name, a location, a boolean or a
number is expected, which every page must show.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from mochok.config.diagnostics import MAXIMUM_REPORTED, Diagnostics, KeyPath, path_text
from mochok.config.document import MappingNode, Node, ScalarNode, SequenceNode, scalar_value, scalars
from mochok.config.schema import TYPED_KEYS
from mochok.config.value_files import read_value_file
from mochok.errors import Diagnostic, UsageError
from mochok.redact import learn
from mochok.suggestions import alternatives, did_you_mean

_MOST_NAMED = 3
MAXIMUM_INSERTED_CHARACTERS = 16 * 1024 * 1024
_REFERENCE = re.compile(r"\\\$\{|\$\{(?P<inside>[^}]*)(?P<close>\}?)")
_ONLY_REFERENCES = re.compile(r"(?:\$\{[^}]*\})+")
_INSIDE = re.compile(
    r"file:(?!-)(?P<path>.+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL
)
SHOWN_KEYS = frozenset((
    "name", "local_base_path", "type", "date_folder_format", "custom_local_pattern", "date_source",
    "bucket_name", "s3_path_structure", "aws_profile", "aws_region", "endpoint_url", "addressing_style",
    "checksum", "compare", "symlinks", "missing_source", "expected_days", "bandwidth_limit",
    "timezone", "log_directory", "state_file", "ledger_file", "day_placeholder",
))  # fmt: skip
_SHOWN_OPTIONS = re.compile(
    r"\s*--(?:exclude|include|region|profile|endpoint-url|ca-bundle|sse-c-key[\s=]+fileb://)"
)


def substitute(root: MappingNode, environ: Mapping[str, str], found: Diagnostics) -> MappingNode:
    """The tree with every reference replaced. What is unset or cannot be read is reported."""
    inserted = _Inserted(environ, found)

    def replaced(node: Node, path: KeyPath, option: str = "") -> Node:
        if isinstance(node, SequenceNode):
            items = zip(_options(node), node.items, strict=True)
            return node._replace(
                items=tuple(
                    replaced(item, (*path, index), option) for index, (option, item) in enumerate(items)
                )
            )
        return section(node, path) if isinstance(node, MappingNode) else inserted.into(node, path, option)

    def section(node: MappingNode, path: KeyPath) -> MappingNode:
        entries = node.entries.items()
        return node._replace(
            entries={key: entry._replace(node=replaced(entry.node, (*path, key))) for key, entry in entries}
        )

    tree = section(root, ())
    learn(inserted.secrets)
    return tree


def inserted_by(written: str) -> str:
    """What inserts a part of the value ``written``, for a hint; "" if nothing does."""
    names = []
    for reference in _REFERENCE.finditer(written):
        inside = _INSIDE.fullmatch(reference["inside"] or "")
        if inside is None:
            continue
        if inside["path"] is not None:
            names.append(f"the content of the file {inside['path']}")
        else:
            default = ", or its default" if inside["default"] is not None else ""
            names.append(f"the value of the environment variable {inside['name']}{default}")
    return alternatives(list(dict.fromkeys(names))[:_MOST_NAMED]) if names else ""


def empty_files(root: Node) -> Iterator[Diagnostic]:
    """A warning for each value into which an empty file is inserted."""
    for path, node in scalars(root):
        for reference in _REFERENCE.finditer(node.written):
            inside = _INSIDE.fullmatch(reference["inside"] or "")
            if inside is None or inside["path"] is None:
                continue
            file = os.path.join(os.path.dirname(node.location.file), inside["path"])
            if not read_value_file(file).strip():
                message = f"the file {file} is empty, so nothing is inserted"
                yield Diagnostic(
                    *node.location, path_text(path), message, "write the value in the file", "warning"
                )


def _options(node: SequenceNode) -> Iterator[str]:
    """For each item of ``sync_options`` the text with its option, which may be the item before it."""
    option = ""
    for item in node.items:
        written = item.written if isinstance(item, ScalarNode) else ""
        option = written if written.lstrip().startswith("--") else f"{option} {written}"
        yield option


class _Inserted:
    """What is inserted into the values of one configuration."""

    def __init__(self, environ: Mapping[str, str], found: Diagnostics) -> None:
        self._environ = environ
        self._found = found
        self.secrets: set[str] = set()
        self._files: dict[str, str] = {}
        self._left_characters = MAXIMUM_INSERTED_CHARACTERS

    def into(self, node: ScalarNode, path: KeyPath, option: str) -> ScalarNode:
        """The value with its references replaced; ``option``: see ``_options``."""
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        typed = not TYPED_KEYS.isdisjoint(path[-1:])
        secret = not (typed or SHOWN_KEYS.intersection(path) or _SHOWN_OPTIONS.match(option))

        def insertion(match: re.Match[str]) -> str:
            if match["inside"] is None:
                return "${"
            try:
                value = self._value(match, node, learned=secret)
            except UsageError as error:
                self._found.report(node.location, path, error.message, error.hint)
                return match[0]
            self._left_characters -= len(value)
            return value if self._left_characters >= 0 else match[0]

        before = self._left_characters
        value = _REFERENCE.sub(insertion, node.value)
        if before >= 0 > self._left_characters:
            message = f"more than {MAXIMUM_INSERTED_CHARACTERS >> 20} MiB are inserted by ${{...}}"
            self._found.report(node.location, path, message, "check what the variables and files contain")
        if typed and value.strip() and _ONLY_REFERENCES.fullmatch(node.value):
            return node._replace(value=scalar_value(value.strip()))  # as if it were written there
        return node._replace(value=value)

    def _value(self, match: re.Match[str], node: ScalarNode, *, learned: bool) -> str:
        """What replaces a reference. Raises UsageError."""
        inside = _INSIDE.fullmatch(match["inside"]) if match["close"] else None
        if inside is None:
            message = f"{match[0]!r} is not a valid reference"
            raise UsageError(message, hint=r"write ${NAME} or ${file:PATH}, or \${ for a literal ${")
        if inside["path"] is not None:
            return self._content(os.path.join(os.path.dirname(node.location.file), inside["path"]))
        value = self._environ.get(inside["name"])
        if not value and inside["default"] is not None:
            return inside["default"]
        if value is None:
            message = f"the environment variable {inside['name']} is not set"
            raise UsageError(message, hint=self._unset_hint(inside["name"]))
        if learned:
            self.secrets.add(value)
        return value

    def _content(self, path: str) -> str:
        path = os.path.abspath(path)
        if path not in self._files:
            self._files[path] = read_value_file(path)
            self.secrets.add(self._files[path])
        return self._files[path]

    def _unset_hint(self, name: str) -> str:
        few = len(self._found) < MAXIMUM_REPORTED  # it takes its time
        near = did_you_mean(name, self._environ) if few else ""
        return near or f"set it, or write ${{{name}:-default}}"
