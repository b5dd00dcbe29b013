"""The wheel holds what runs, the sdist what it takes to build and test it, and nothing else is in them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

from mochok import __version__
from mochok.demo.server import S3Server
from tests.e2e.harness import DAY, Bucket, Result, Workspace

PROJECT = Path(__file__).parents[2]
IMPORTED_WHERE_NEEDED = {"babel": "cultures.py", "holidays": "expected_days.py"}
"""Modules of extras, and the one file that imports each."""
BUILD_SECONDS = 120
SOURCES = {"src", "tests", "docs", "examples", "bench", "scripts", "changes", ".ci"}
PAGES = {"README.md", "README-ES.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "constraints.txt"}
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist of the project."""
    folder = tmp_path_factory.mktemp("dist")
    build(PROJECT, folder, "sdist", "wheel")
    return folder


def build(project: Path, folder: Path, *kinds: str) -> None:
    """hatchling is called as pip and build call it, without a network."""
    options = [word for kind in kinds for word in ("-t", kind)]
    run([sys.executable, "-m", "hatchling", "build", "-d", str(folder), *options], project)


def run(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> Result:
    """A program that must succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr).must(0)


def files_of(*folders: Path) -> Iterator[str]:
    """Every file below some folders that is no left-over of a run, relative to the project."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(PROJECT).as_posix()


def the_wheel(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_with_its_examples_and_nothing_else(built: Path) -> None:
    found = contents(the_wheel(built))
    wanted = {name.removeprefix("src/") for name in files_of(PROJECT / "src" / "mochok")}
    wanted |= {f"mochok/{name}" for name in files_of(PROJECT / "examples")}
    wanted |= {f"mochok-{__version__}.dist-info/{name}" for name in METADATA}

    assert set(found) == wanted
    assert {"mochok/py.typed", "mochok/cli/app.py", "mochok/examples/date-folder.yaml"} <= wanted
    assert b"mochok = mochok.cli:main" in found[f"mochok-{__version__}.dist-info/entry_points.txt"]


def test_the_sdist_holds_the_whole_project_and_nothing_of_this_machine(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    included = {name.removeprefix("/") for name in settings["targets"]["sdist"]["include"]}
    wanted = set(files_of(*(PROJECT / name for name in SOURCES)))

    assert included >= SOURCES | PAGES
    assert {name.split("/")[0] for name in found} == included | {"pyproject.toml", ".gitignore", "PKG-INFO"}
    assert {name for name in found if "/" in name} == wanted
    assert {".ci/run", "tests/e2e/harness.py", "docs/architecture.md", "scripts/generate.py"} <= wanted
    assert not [name for name in found if name.endswith((".db", ".log", "state.json", ".pyc"))]


def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (project,) = tmp_path.iterdir()
    build(project, tmp_path / "again", "wheel")

    assert contents(the_wheel(tmp_path / "again")) == contents(the_wheel(built))


def test_the_wheel_alone_runs_far_from_the_project(
    built: Path, tmp_path: Path, server: S3Server, bucket: Bucket
) -> None:
    """Installed by pip into an environment of its own, which sees the dependencies of this one."""
    workspace = Workspace(tmp_path / "user", server, bucket)
    home = tmp_path / "venv"
    places = {"base": str(home), "platbase": str(home)}
    scripts, packages = (Path(sysconfig.get_path(name, "venv", places)) for name in ("scripts", "purelib"))
    run([sys.executable, "-m", "venv", "--without-pip", str(home)], workspace.folder)
    python = str(scripts / Path(sys.executable).name)
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    run([*pip, str(the_wheel(built))], workspace.folder)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    def output(program: str, *words: str) -> str:
        return run([program, *words], workspace.folder, workspace.environment({})).stdout

    mochok = str(scripts / "mochok")
    assert output(python, "-c", "import mochok; print(mochok.__file__)").startswith(str(packages))
    assert __version__ in output(mochok, "--version")
    assert "sync_strategy:" in output(mochok, "strategies", "--show-examples")
    output(mochok, "sync", "--target-date", DAY)
    assert bucket.keys() == {"2025/01/15/a.txt"}


def test_everything_that_the_package_imports_comes_with_it() -> None:
    """The tests run with more installed than a user has."""
    installed = needed("mochok")
    names = packages_distributions()
    missing = {
        module: path
        for path in (PROJECT / "src" / "mochok").rglob("*.py")
        for module in imported(path)
        if not installed & {normal(name) for name in names.get(module, ())}
    }
    assert {module: path.name for module, path in missing.items()} == IMPORTED_WHERE_NEEDED


def imported(path: Path) -> Iterator[str]:
    """The foreign packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"mochok"}


def needed(name: str) -> set[str]:
    """The distributions that come with one, down to the last, without extras."""
    found: set[str] = set()
    todo = [normal(name)]
    while todo:
        for line in distribution(todo.pop()).requires or ():
            other = normal(re.split(r"[^\w.-]", line)[0])
            if ";" not in line and other not in found:
                found.add(other)
                todo.append(other)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
