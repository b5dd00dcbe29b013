"""From the bytes of a file to its tree, with explanations for what usually goes wrong on the way.

A YAML parser's own words help nobody who edits one file a year. The usual accidents get an explanation:
tabs, a Windows path in double quotes, UTF-16 from a Windows editor, a ``{`` or ``*`` without quotes.
"""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mochok.config.document import (
    MAXIMUM_FILE_BYTES,
    MappingNode,
    Node,
    Place,
    RefusedDocumentError,
    ScalarNode,
    SequenceNode,
    parse,
    path_text,
    problem,
)
from mochok.errors import Problem

_MAXIMUM_REPAIRS = 200
_SINGLE_QUOTES_HINT = "put the path in single quotes, or write every backslash twice"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_PATH_KEYS = ("local_base_path", "log_directory", "state_file", "ledger_file", "custom_local_pattern")


def read_tree(path: Path, file: str, problems: list[Problem]) -> MappingNode | None:
    """The file's tree; None (and a problem) if it cannot be read or is not a YAML mapping."""
    text = _read_text(path, file, problems)
    if text is None:
        return None
    node = _parse_repairing(text, file, problems)
    if node is None:
        return None
    _check_control_characters(node, (), problems)
    if isinstance(node, MappingNode):
        return node
    if isinstance(node, ScalarNode) and node.value is None:
        return MappingNode(Place(file, 1, 1))
    message = "the file must consist of sections such as sync_configurations:"
    problems.append(problem(node.place, "", message))
    return None


def _read_text(path: Path, file: str, problems: list[Problem]) -> str | None:
    whole_file = Place(file, 0, 0)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_FILE_BYTES + 1)
    except OSError as error:
        problems.append(problem(whole_file, "", f"cannot be read: {error.strerror or error}"))
        return None
    if len(data) > MAXIMUM_FILE_BYTES:
        problems.append(problem(whole_file, "", "is larger than 1 MiB; this is hardly a configuration"))
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "in the editor choose: save as, encoding UTF-8"
        problems.append(problem(whole_file, "", "is saved as UTF-16; Mochok reads UTF-8", hint))
        return None
    return _decode(data, file, problems)


def _decode(data: bytes, file: str, problems: list[Problem]) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        hint = "the file was saved in another encoding; save it as UTF-8"
        problems.append(problem(Place(file, line, column), "", message, hint))
        return None


def _parse_repairing(text: str, file: str, problems: list[Problem]) -> Node | None:
    """Parse; a backslash mistake in double quotes is noted, repaired and parsing tried again.

    So one wrong path does not hide the other mistakes in the file.
    """
    found: list[Problem] = []
    for _attempt in range(_MAXIMUM_REPAIRS):
        fresh: list[Problem] = []
        try:
            node = parse(text, file, fresh)
        except RefusedDocumentError as refusal:
            problems += [*found, refusal.problem]
            return None
        except YAMLError as error:
            repaired = _repair_backslashes(text, error, file, found)
            if repaired is None:
                problems += [*found, *fresh, *_explain(text, error, file)]
                return None
            text = repaired
        else:
            problems += [*found, *fresh]
            return node
    problems += found
    return None


def _repair_backslashes(text: str, error: YAMLError, file: str, found: list[Problem]) -> str | None:
    if not isinstance(error, MarkedYAMLError) or "double-quoted" not in (error.context or ""):
        return None
    if error.context_mark is None or not re.search("escape", error.problem or ""):
        return None
    lines = text.splitlines(keepends=True)
    line_number, start = error.context_mark.line, error.context_mark.column
    line = lines[line_number]
    end = _closing_quote(line, start + 1)
    content = line[start + 1 : end]
    found.append(problem(Place(file, line_number + 1, start + 1), "", *_backslash_message(content)))
    lines[line_number] = line[: start + 1] + content.replace("\\", "\\\\") + line[end:]
    return "".join(lines)


def _closing_quote(line: str, start: int) -> int:
    """Where the text that the user meant ends: the last quote before a comment or the line's end."""
    match = re.compile(r'"(?=\s*(#.*)?[,\]}]?\s*$)').search(line, start)
    end = match.start() if match else line.find('"', start)
    return end if end >= 0 else len(line.rstrip("\r\n"))


def _backslash_message(content: str) -> tuple[str, str]:
    single = content.replace("\\\\", "\\") if not content.startswith("\\\\") else content
    message = "in double quotes a backslash begins an escape such as \\n, so this text cannot be read"
    if re.match(r"[A-Za-z]:|\\", content):
        message = "a Windows path in double quotes needs every backslash twice"
    return message, f"write '{single}' in single quotes"


def _check_control_characters(node: Node, path: tuple[str | int, ...], problems: list[Problem]) -> None:
    """A path such as "C:\\new\\table" parses, but its \\n and \\t have become control characters."""
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            _check_control_characters(entry.node, (*path, key), problems)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            _check_control_characters(item, (*path, index), problems)
    elif isinstance(node.value, str) and _is_spoilt_path(node.value, path):
        message = "a backslash in double quotes became a control character (\\n is a line break, \\t a tab)"
        problems.append(problem(node.place, path_text(path), message, _SINGLE_QUOTES_HINT))


def _is_spoilt_path(value: str, path: tuple[str | int, ...]) -> bool:
    looks_like_path = re.match(r"[A-Za-z]:", value) or (path and path[-1] in _PATH_KEYS)
    return bool(looks_like_path and _CONTROL.search(value))


def _explain(text: str, error: YAMLError, file: str) -> list[Problem]:
    if isinstance(error, ReaderError):
        return [_control_character(text, error, file)]
    tabs = _tab_problems(text, file)
    if tabs:
        return tabs
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, MarkedYAMLError) or mark is None:
        return [problem(Place(file, 0, 0), "", f"is not valid YAML: {error}")]
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if error.context_mark is not None and "stream" in (error.problem or ""):
        mark = error.context_mark
    message, hint = _plain_words(error, line, mark.column)
    likely = _trailing_backslash(lines, file) or _open_quote(lines[: mark.line + 1], file)
    return likely or [problem(Place(file, mark.line + 1, mark.column + 1), "", message, hint)]


def _control_character(text: str, error: ReaderError, file: str) -> Problem:
    position = int(error.position)
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    code = ord(text[position]) if position < len(text) else 0
    message = f"the control character U+{code:04X} must not stand in the file"
    return problem(Place(file, line, column), "", message, "delete it")


def _tab_problems(text: str, file: str) -> list[Problem]:
    """Every line whose indentation (or the space after a colon or dash) holds a tab."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r" *(?:- *)*\t|[^\"'#]*?[:-]\t", line):
            message = "there is a tab here; YAML allows only spaces for indentation"
            found.append(problem(Place(file, number, match.end()), "", message, "replace the tab by spaces"))
    return found


def _trailing_backslash(lines: list[str], file: str) -> list[Problem]:
    """``"C:\\\\Data\\"``: the last backslash escapes the closing quote."""
    for number, line in enumerate(lines, 1):
        if match := re.search(r'"(?:[A-Za-z]:|\\\\)[^"]*[^\\"]\\"\s*$', line):
            message = "the backslash before the last quote makes the quote part of the text"
            return [problem(Place(file, number, match.start() + 1), "", message, _SINGLE_QUOTES_HINT)]
    return []


def _open_quote(lines: list[str], file: str) -> list[Problem]:
    """The parser stumbles only where the next quote ends; the mistake is where the first one begins."""
    for number, line in enumerate(lines, 1):
        if re.match(r"""[^"'#]*?[:-]\s+(?:"[^"]*|'[^']*)$""", line):
            column = min(place for quote in "\"'" if (place := line.find(quote)) >= 0) + 1
            message = "the quote that opens here is not closed in this line"
            return [problem(Place(file, number, column), "", message, "add the closing quote")]
    return []


_PARSER_WORDS = (
    (
        "expected <block end>",
        "this line does not fit the lines before it",
        "check indentation, dash and colon",
    ),
    ("expected the node content", "a value is missing here", "check indentation, dash and colon"),
    (
        "could not find expected",
        "this line does not fit the lines before it",
        "is there a colon after the key?",
    ),
    ("unexpected end of stream", "the quote that opens here is never closed", "add the closing quote"),
    ("expected ',' or", "a [ or { is never closed", "close it, or put the whole text in quotes"),
)


def _plain_words(error: MarkedYAMLError, line: str, column: int) -> tuple[str, str]:
    said = error.problem or ""
    if "mapping values are not allowed" in said:
        missing_space = re.match(r"\s*(?:- +)?[A-Za-z_]+:\S", line)
        hint = "check the indentation, and put text that holds a colon and a space in quotes"
        return "the colon does not fit here", "write a space after the colon" if missing_space else hint
    if "cannot start any token" in said:
        return f"text cannot begin with {line[column : column + 1]} here", "put the text in quotes"
    if "expected <block end>" in said and re.search(r":\s+[{\[\"']", line):
        return "something follows the end of a quoted text or of a { } group", "put the whole text in quotes"
    for words, message, hint in _PARSER_WORDS:
        if words in said:
            return message, hint
    return f"is not valid YAML: {said}", ""
