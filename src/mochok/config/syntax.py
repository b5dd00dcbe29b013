"""From the bytes of a file to its tree, with explanations of the usual mistakes.

The messages of a YAML parser are of no help to somebody who edits one file a year. The usual mistakes are
explained: tabs, a Windows path in double quotes, UTF-16 from a Windows editor, ``{`` or ``*`` without quotes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mochok.config.diagnostics import Diagnostics, Location
from mochok.config.document import (
    MAXIMUM_FILE_BYTES,
    MappingNode,
    Node,
    RefusedDocumentError,
    is_empty,
    parse,
    scalars,
)

PATH_KEYS = ("local_base_path", "log_directory", "state_file", "ledger_file")
_PATH_KEYS = {*PATH_KEYS, "custom_local_pattern"}
_MAXIMUM_REPAIRS = 200
_SINGLE_QUOTES_HINT = "put the path in single quotes, or double every backslash"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")


def read_tree(path: Path, file: str, found: Diagnostics) -> MappingNode | None:
    """The file's tree; None (and an error in ``found``) if it cannot be read or is not a YAML mapping."""
    text = _read_text(path, file, found)
    node = None if text is None else _parse_repairing(text, file, found)
    if node is None:
        return None
    _check_control_characters(node, found)
    if isinstance(node, MappingNode):
        return node
    if is_empty(node):
        return MappingNode(Location(file, 1, 1), {})
    message = "must begin with a section such as sync_configurations:"
    found.report(node.location, (), message, "see `mochok strategies --show-examples`")
    return None


def _read_text(path: Path, file: str, found: Diagnostics) -> str | None:
    whole_file = Location(file, 0, 0)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_FILE_BYTES + 1)
        if len(data) > MAXIMUM_FILE_BYTES:
            found.report(whole_file, (), "is larger than 1 MiB", "check that this is the right file")
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            found.report(whole_file, (), "is saved as UTF-16", "save it as UTF-8")
            return None
        return data.decode("utf-8-sig")
    except OSError as error:
        hint = "check the path and its permissions"
        found.report(whole_file, (), f"cannot be read: {error.strerror or error}", hint)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the byte order mark
        message = f"the byte 0x{error.object[error.start]:02X} is not UTF-8"
        found.report(_location(before, len(before), file), (), message, "save the file as UTF-8")
    return None


def _location(text: str, position: int, file: str) -> Location:
    return Location(file, text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _parse_repairing(text: str, file: str, found: Diagnostics) -> Node | None:
    """Parse; a wrong backslash in double quotes is reported and repaired, and parsing begins again.

    So one wrong path does not hide the other mistakes in the file.
    """
    for _attempt in range(_MAXIMUM_REPAIRS):
        fresh = Diagnostics()
        try:
            node = parse(text, file, fresh)
        except RefusedDocumentError:
            node = None
        except YAMLError as error:
            if repaired := _repair_backslashes(text, error, file, found):
                text = repaired
                continue
            node = None
            _explain(text, error, file, found)
        found.extend(fresh)
        return node
    return None


def _repair_backslashes(text: str, error: YAMLError, file: str, found: Diagnostics) -> str:
    """The text with the backslashes of a quoted text doubled, "" if ``error`` is another mistake."""
    if not isinstance(error, MarkedYAMLError) or "double-quoted" not in (error.context or ""):
        return ""
    if error.context_mark is None or "escape" not in (error.problem or ""):
        return ""
    lines = text.splitlines(keepends=True)
    line_number, start = error.context_mark.line, error.context_mark.column
    line = lines[line_number]
    end = _closing_quote(line, start + 1)
    content = line[start + 1 : end]
    found.report(Location(file, line_number + 1, start + 1), (), *_backslash_message(content))
    lines[line_number] = line[: start + 1] + content.replace("\\", "\\\\") + line[end:]
    return "".join(lines)


def _closing_quote(line: str, start: int) -> int:
    """Where the text that the user meant ends: the last quote before a comment or the line's end."""
    match = re.compile(r'"(?=\s*(#.*)?[,\]}]?\s*$)').search(line, start)
    end = match.start() if match else line.find('"', start)
    return end if end >= 0 else len(line.rstrip("\r\n"))


def _backslash_message(content: str) -> tuple[str, str]:
    single = content if content.startswith("\\\\") else content.replace("\\\\", "\\")
    quoted = "'" + single.replace("'", "''") + "'"
    if re.match(r"[A-Za-z]:|\\", content):
        return "a Windows path in double quotes needs every backslash twice", f"use single quotes: {quoted}"
    message = "in double quotes, a backslash begins an escape such as \\n"
    if re.search(r"\{\w", content):
        return message, "write / between folders: " + re.sub(r"\\+", "/", f'"{content}"')
    return message, f"use single quotes: {quoted}"


def _check_control_characters(root: Node, found: Diagnostics) -> None:
    """A path such as "C:\\new\\table" parses, but its \\n and \\t have become control characters."""
    for path, node in scalars(root):
        is_path = _PATH_KEYS.intersection(path) or re.match(r"[A-Za-z]:", node.written)
        if is_path and isinstance(node.value, str) and _CONTROL.search(node.value):
            message = "contains a control character: in double quotes, \\n is a line break and \\t a tab"
            found.report(node.location, path, message, _SINGLE_QUOTES_HINT)


_TAB = re.compile(r"^ *(?:- *)*(\t)|^[^\"'#]*?[:-](\t)")
"""In the indentation, or after a colon or dash."""
_TRAILING_BACKSLASH = re.compile(r'("(?:[A-Za-z]:|\\\\)[^"]*[^\\"]\\"\s*$)')
"""``"C:\\\\Data\\"``: the last backslash escapes the closing quote."""
_OPEN_QUOTE = re.compile(r"""^[^"'#]*?[:-]\s+("[^"]*|'[^']*)$""")
"""The parser stumbles only where the next quote ends; the mistake is where the first one begins."""


def _explain(text: str, error: YAMLError, file: str, found: Diagnostics) -> None:
    lines = text.splitlines()
    if isinstance(error, ReaderError):
        code = ord(text[error.position]) if error.position < len(text) else 0
        message = f"the control character U+{code:04X} is not allowed"
        found.report(_location(text, int(error.position), file), (), message, "remove it")
    elif tabs := _matches(_TAB, lines, file):
        for location in tabs:
            message = "a tab is not allowed here: YAML is indented with spaces"
            found.report(location, (), message, "replace the tab with spaces")
    elif isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        _explain_marked(lines, error, error.problem_mark, file, found)
    else:
        found.report(Location(file, 0, 0), (), f"not valid YAML: {error}", "check this file")


def _explain_marked(
    lines: list[str], error: MarkedYAMLError, mark: Any, file: str, found: Diagnostics
) -> None:
    line = lines[mark.line] if mark.line < len(lines) else ""
    if error.context_mark is not None and "stream" in (error.problem or ""):
        mark = error.context_mark
    if backslashes := _matches(_TRAILING_BACKSLASH, lines, file):
        message = "the last quote does not end the text, because of the backslash before it"
        found.report(backslashes[0], (), message, _SINGLE_QUOTES_HINT)
    elif quotes := _matches(_OPEN_QUOTE, lines[: mark.line + 1], file):
        message = "this quote is not closed on the same line"
        found.report(quotes[0], (), message, "add the closing quote")
    else:
        message, hint = _parser_message(error.problem or "", line, mark.column)
        found.report(Location(file, mark.line + 1, mark.column + 1), (), message, hint)


def _matches(pattern: re.Pattern[str], lines: list[str], file: str) -> list[Location]:
    """Where the pattern's group begins, in each line that has it."""
    return [
        Location(file, number, match.start(match.lastindex or 0) + 1)
        for number, line in enumerate(lines, 1)
        if (match := pattern.search(line))
    ]


_PARSER_WORDS = (
    ("expected <block end>", "this line does not continue the lines above", "check its indentation and dash"),
    ("expected the node content", "a value is missing", "add it, or check the indentation, dash and colon"),
    ("could not find expected", "this line is not KEY: VALUE", "write a colon and a space after the key"),
    ("unexpected end of stream", "this quote is never closed", "add the closing quote"),
    ("expected ',' or", "a [ or { is never closed", "close it, or put the whole text in quotes"),
)


def _parser_message(problem: str, line: str, column: int) -> tuple[str, str]:
    if "mapping values are not allowed" in problem:
        missing_space = re.match(r"\s*(?:- +)?[A-Za-z_]+:\S", line)
        hint = "check the indentation, or put a text that contains a colon and a space in quotes"
        return "a colon is not allowed here", "write a space after the first colon" if missing_space else hint
    if "cannot start any token" in problem:
        message = f"a text without quotes cannot begin with {line[column : column + 1]}"
        return message, "put the text in quotes"
    if "expected <block end>" in problem and re.search(r":\s+[{\[\"']", line):
        return "text follows the closing quote, bracket or brace", "put the whole text in quotes"
    for words, message, hint in _PARSER_WORDS:
        if words in problem:
            return message, hint
    return f"not valid YAML: {problem}", "check the indentation, quotes and brackets"
