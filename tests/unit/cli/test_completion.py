"""What a shell offers while somebody types, and that the scripts say it in each shell's own way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from mochok.cli import main
from mochok.cli.app import run

CONFIGURATION = """\
- name: {name}
  description: what it is for
  enabled: true
  local_base_path: /data
  sync_strategy: {{type: FullDirectory}}
  destination_config: {{bucket_name: a-bucket, s3_path_structure: "{prefix}"}}
"""
NAMES = ("Daily Documents", "Facturación", "it's $5: all")


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user with three configurations."""
    monkeypatch.chdir(tmp_path)
    entries = [CONFIGURATION.format(name=f'"{name}"', prefix=f"p{i}") for i, name in enumerate(NAMES)]
    path = tmp_path / "sync-config.yaml"
    path.write_text("sync_configurations:\n" + "".join(entries), "utf-8")
    return path


def offered(capfdbinary: pytest.CaptureFixture[bytes], shell: str, *texts: str) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        main(["__complete", shell, *texts])
    assert ended.value.code == 0
    captured = capfdbinary.readouterr()
    assert captured.err == b""
    return captured.out.decode().splitlines()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("mochok sy", ["sync"]),
        ("mochok sync --js", ["--json"]),
        ("mochok sync --dry", ["--dry-run"]),
        ("mochok clear", ["clear-logs"]),
        ("mochok --ver", ["--version"]),
        ("mochok sync --only ", ["Daily\\ Documents", "Facturación", "it\\'s\\ \\$5:\\ all"]),
        ("mochok sync --quiet --only fac", ["Facturación"]),
        ('mochok sync --only "Dai', ["Daily Documents"]),
        ("mochok sync --only it\\'s\\ \\$5:", ["\\ all"]),
        ("mochok sync --only 'it", ["it'\\''s $5: all"]),
        ('mochok sync --only "it', ["it's \\$5: all"]),
        ("mochok sync --only=Fa", ["Facturación"]),
        ("mochok sync -Only Fa", ["Facturación"]),
        ("mochok history --only Fa", ["Facturación"]),
        ("mochok history show last --only Fa", ["Facturación"]),
        ("mochok history show last --only=Fa", ["Facturación"]),
        ("mochok explain Dai", ["Daily\\ Documents"]),
        ("mochok explain Facturación ", []),
        ("mochok sync --config ", []),
        ("mochok sync --config elsewhere.yaml --only ", []),
        ("mochok sync --jobs 4 --target-date ", ["today", "yesterday"]),
        ("mochok help sta", ["status"]),
        ("mochok history show ", ["last"]),
        ("mochok completion p", ["powershell"]),
        ("mochok nonsense --only ", []),
    ],
)
def test_bash_is_offered_what_fits_ready_to_be_inserted(
    typed: str, words: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert offered(capfdbinary, "bash", typed) == words


def test_names_come_from_the_configuration_that_the_line_names(
    configured: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    configured.rename(configured.with_name("other.yaml"))

    assert offered(capfdbinary, "bash", "mochok sync --only ") == []
    assert len(offered(capfdbinary, "bash", "mochok sync -c other.yaml --only ")) == 3
    assert len(offered(capfdbinary, "bash", "mochok sync --config=other.yaml --only ")) == 3
    assert len(offered(capfdbinary, "bash", "mochok sync --config=other.yaml --only=")) == 3
    assert len(offered(capfdbinary, "bash", "mochok explain --config=other.yaml ")) == 3


def test_a_broken_configuration_or_an_unknown_shell_says_nothing_on_the_prompt(
    configured: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    configured.write_text("sync_configurations: [")

    assert offered(capfdbinary, "bash", "mochok sync --only ") == []
    assert offered(capfdbinary, "bash") == []


def test_zsh_and_fish_quote_by_themselves_and_show_meanings(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for shell in ("zsh", "fish"):
        assert offered(capfdbinary, shell, "sync", "--only", "'Dai") == ["Daily Documents\twhat it is for"]
        assert offered(capfdbinary, shell, "sync", "--only=Dai") == ["--only=Daily Documents\twhat it is for"]


def test_powershell_gets_everything_encoded_so_that_no_console_garbles_it(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    lines = offered(capfdbinary, "powershell", quote('mochok.exe sync -Only "'))

    assert all(line.replace("\t", "").isascii() for line in lines)
    assert [unquote(line).split("\t")[0] for line in lines] == [
        "'Daily Documents'",
        "Facturación",
        "'it''s $5: all'",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_script_of_each_shell_asks_mochok(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0

    assert f"mochok __complete {shell} " in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_script_works_in_a_real_bash(configured: Path) -> None:
    ask = """\
        eval "$(mochok completion bash)"
        COMP_LINE='mochok sync --only Dai'; COMP_POINT=${#COMP_LINE}
        _mochok; printf '%s|' "${COMPREPLY[@]}"; complete -p mochok
    """
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"}

    done = subprocess.run(
        ["bash", "--norc", "-c", ask],
        cwd=configured.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("Daily\\ Documents|complete -o default -o nosort -F _mochok mochok")
    assert done.stderr == ""
