"""What nobody sees in an editor: unusual white space, other encodings, paths that mean something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mochok.config.lint import lint
from mochok.config.load import load
from mochok.errors import ConfigurationError, Diagnostic

TEXT = """\
sync_configurations:
- name: Documents
  description: "d"
  enabled: true
  local_base_path: '{path}'
  sync_strategy: {{type: {strategy}}}
  destination_config: {{bucket_name: a-bucket}}
"""


def text(path: str = "/data", strategy: str = "DateFolder") -> str:
    return TEXT.format(path=path.replace("'", "''"), strategy=strategy)


def mistakes(folder: Path, content: bytes | str) -> list[Diagnostic]:
    path = folder / "sync-config.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    return caught.value.diagnostics


NBSP, ZERO_WIDTH, WIDE = "\u00a0", "\u200b", "\u3000"


@pytest.mark.parametrize(
    ("old", "new", "name", "position"),
    [
        ("  enabled", f"{NBSP} enabled", "U+00A0 (no-break space)", (4, 1)),
        ("enabled: true", f"enabled:{NBSP}true", "U+00A0 (no-break space)", (4, 11)),
        ("enabled: true", f"enabled: true{NBSP}", "U+00A0 (no-break space)", (4, 16)),
        ("enabled: true", f"enabled: true{WIDE} # yes", "U+3000 (ideographic space)", (4, 16)),
        ("enabled: true", f"enab{ZERO_WIDTH}led: true", "U+200B (zero width space)", (4, 7)),
        ("enabled: true", f"enabled{NBSP}: true", "U+00A0 (no-break space)", (4, 10)),
        ("- name", f"-{NBSP}name", "U+00A0 (no-break space)", (2, 2)),
        ("- name", "\ufeff- name", "U+FEFF (zero width no-break space)", (2, 1)),
        ('"d"', f'"d"{NBSP}', "U+00A0 (no-break space)", (3, 19)),
        ("'/data'", f"{ZERO_WIDTH}'/data'", "U+200B (zero width space)", (5, 20)),
    ],
)
def test_an_invisible_character_is_named_and_hides_no_other_mistake(
    tmp_path: Path, old: str, new: str, name: str, position: tuple[int, int]
) -> None:
    [found, other] = mistakes(tmp_path, text().replace(old, new).replace("a-bucket", "A_Bucket"))
    assert found.message == f"{name} is invisible and not allowed here"
    assert (found.line, found.column) == position
    assert "is not a valid bucket name" in other.message


def test_in_a_value_and_in_a_comment_it_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "sync-config.yaml"
    written = text().replace('"d"', f'"1{NBSP}000 files: {NBSP}x{NBSP}"  # a{NBSP}note{NBSP}')
    path.write_text(f"#{NBSP}head\n{written}", "utf-8")
    assert load(path, {}).configurations[0].description == f"1{NBSP}000 files: {NBSP}x{NBSP}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf_16_without_a_mark_is_named(tmp_path: Path, encoding: str) -> None:
    [found] = mistakes(tmp_path, text().encode(encoding))
    assert found.message == f"is saved as UTF-{encoding[4:6]} without a byte order mark"
    assert found.hint == "save it as UTF-8"


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("$HOME/data", "$HOME is not replaced by the environment variable", "write ${HOME}"),
        ("$env:USERPROFILE\\data", "$env:USERPROFILE is not replaced", "write ${USERPROFILE}"),
        ("%USERPROFILE%\\data", "%USERPROFILE% is not replaced", "write ${USERPROFILE}"),
        ("%data%", "%data% is not replaced", "write ${data}"),
        ("“/data”", "begins or ends with the typographic quote “", 'write "/data"'),
        ("«/data»", "begins or ends with the typographic quote «", 'write "/data"'),
        ("/data”", "begins or ends with the typographic quote ”", 'write "/data"'),
        ("/data ", "begins or ends with a space", "write '/data'"),
        (f"/data{NBSP}", "begins or ends with U+00A0 (no-break space)", "write '/data'"),
        (
            f"/da{ZERO_WIDTH}ta",
            "contains U+200B (zero width space), which is invisible",
            "write the path anew",
        ),
    ],
)
@pytest.mark.parametrize("key", ["local_base_path", "state_file", "log_directory", "custom_local_pattern"])
def test_a_path_that_cannot_be_meant_is_a_mistake(
    tmp_path: Path, key: str, path: str, message: str, hint: str
) -> None:
    quoted = path.replace("'", "''")
    if key == "local_base_path":
        content = text(path)
    elif key == "custom_local_pattern":
        content = text(strategy=f"CustomPattern, custom_local_pattern: '{quoted}'")
    else:
        content = f"global: {{{key}: '{quoted}'}}\n" + text()
    [found] = mistakes(tmp_path, content)
    assert message in found.message
    assert found.hint.startswith(hint)
    assert found.path.endswith(key)


@pytest.mark.parametrize(
    "path",
    [
        "\\\\server\\d$\\data",
        "/srv/100%/a%b",
        "/srv/l’été",
        "/srv/a b",
        "C:\\$Recycle.Bin",
        "/srv/\U0001f468\u200d\U0001f469",
    ],
)
def test_what_may_well_be_a_folder_is_accepted(tmp_path: Path, path: str) -> None:
    file = tmp_path / "sync-config.yaml"
    file.write_text(text(path), "utf-8")
    settings = load(file, {})
    assert settings.configurations[0].local_base_path == path
    assert lint(settings) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/srv/$USER/data", "$USER is not replaced: it is a folder's name"),
        ("D:\\home\\%USERNAME%", "%USERNAME% is not replaced: it is a folder's name"),
        (f"/srv/my{NBSP}data", "contains U+00A0 (no-break space), which looks like a space"),
    ],
)
def test_what_is_hardly_a_folder_is_a_warning(tmp_path: Path, path: str, message: str) -> None:
    file = tmp_path / "sync-config.yaml"
    file.write_text(text(path), "utf-8")
    [found] = lint(load(file, {}))
    assert (found.level, found.message) == ("warning", message)


@pytest.mark.parametrize("path", ["C:\\Data", "D:/Data", "\\\\server\\share"])
def test_a_windows_path_is_a_warning_on_another_system(tmp_path: Path, path: str) -> None:
    file = tmp_path / "sync-config.yaml"
    file.write_text(text(path), "utf-8")
    settings = load(file, {})
    [found] = lint(settings, windows=False)
    assert found.message == "is a Windows path, which this system cannot read"
    assert found.path == "sync_configurations[0].local_base_path"
    assert lint(settings, windows=True) == []


@pytest.mark.skipif(os.name == "nt", reason="there it is right")
@pytest.mark.parametrize("key", ["state_file", "log_directory", "ledger_file"])
def test_a_windows_path_of_a_side_file_is_an_error_on_another_system(tmp_path: Path, key: str) -> None:
    file = tmp_path / "sync-config.yaml"
    file.write_text(f"global: {{{key}: 'C:\\Mochok\\x'}}\n" + text(), "utf-8")
    [found] = lint(load(file, {}))
    assert (found.level, found.path) == ("error", f"global.{key}")
    assert found.message == "is a Windows path, and this is another system"


def test_an_invisible_character_in_a_name_is_named(tmp_path: Path) -> None:
    [found] = mistakes(tmp_path, text().replace("name: Documents", f'name: "Docu{ZERO_WIDTH}ments"'))
    assert found.message == "contains U+200B (zero width space), which is invisible"
