"""The wheel holds what runs, the sdist what a packager needs to build and test it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from mochok import __version__

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist; hatchling is called as pip and build call it, without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", "sdist", "-t", "wheel"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_holds_the_package_with_its_examples_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        commands = archive.read(f"mochok-{__version__}.dist-info/entry_points.txt").decode()
    assert {name.split("/")[0] for name in names} == {"mochok", f"mochok-{__version__}.dist-info"}
    assert {
        "mochok/py.typed",
        "mochok/cli/app.py",
        f"mochok-{__version__}.dist-info/licenses/LICENSE",
    } <= names
    examples = {f"mochok/examples/{path.name}" for path in (PROJECT / "examples").glob("*.yaml")}
    assert examples
    assert examples <= names
    assert "mochok = mochok.cli:main" in commands
    assert not [
        name for name in names if not name.endswith((".py", ".typed", ".yaml")) and "dist-info" not in name
    ]


def test_the_sdist_holds_the_whole_project_and_nothing_of_this_machine(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "README.md",
        "README-ES.md",
        "CHANGELOG.md",
        "LICENSE",
        "pyproject.toml",
        "constraints.txt",
        ".ci/run",
    }
    wanted |= {"tests/e2e/harness.py", "docs/architecture.md", "scripts/generate.py", "bench/__main__.py"}
    assert wanted <= names
    assert not [
        name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/", "dist"))
    ]
    assert not [name for name in names if name.endswith((".db", ".log", "state.json", ".pyc"))]
