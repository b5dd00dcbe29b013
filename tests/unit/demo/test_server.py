"""What the local S3 server says when it cannot start."""

from __future__ import annotations

import io
import os
import socket
import sys
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from mochok.demo.server import HOST, PORT_RANGE, S3Server, find_program, free_ports
from mochok.demo.tour import Tour
from mochok.errors import PrerequisiteError


def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(PrerequisiteError) as caught:
        find_program("no-such-server-program")

    assert "mochok[demo]" in caught.value.hint
    assert "'.[demo]'" in caught.value.hint, "the README's way"


def test_without_the_server_the_demo_writes_nothing(tmp_path: Path) -> None:
    output, keep = io.StringIO(), tmp_path / "kept"
    tour = Tour(
        days=14, last_day=date(2025, 1, 14), keep=keep, console=Console(file=output),
        find_server=lambda: find_program("no-such-server-program"),
    )  # fmt: skip
    with pytest.raises(PrerequisiteError):
        tour.run()

    assert not keep.exists()
    assert output.getvalue() == ""


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PrerequisiteError, match=str(port)):
            S3Server(tmp_path, port=port).start()


@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
def test_a_program_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_text(f"#!{sys.executable}\nprint('no room on this disk')\n")
    program.chmod(0o755)

    with pytest.raises(PrerequisiteError, match="no room on this disk"):
        S3Server(tmp_path / "server", program=str(program)).start()


def test_the_keys_are_kept_with_the_data_and_nobody_else_reads_them(tmp_path: Path) -> None:
    first = S3Server(tmp_path, program=sys.executable)
    with pytest.raises(PrerequisiteError):
        first.start()  # Python is no S3 server and ends at once; the identity is written all the same

    again = S3Server(tmp_path)

    assert (again.endpoint_url, again.secret_key) == (first.endpoint_url, first.secret_key)
    if os.name == "posix":
        assert (tmp_path / "server.json").stat().st_mode & 0o077 == 0


def test_free_ports_are_different_and_low() -> None:
    ports = free_ports(9)

    assert len(set(ports)) == 9
    assert all(port in PORT_RANGE for port in ports)
