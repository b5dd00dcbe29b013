"""The real AWS CLI in one long-lived process: ``python -m tests.support.aws_cli``.

Starting ``aws`` costs most of a second; its own entry function, called again and again in one process, a
tenth of that. Each line of input is the JSON list of one command's arguments; each line of output is a JSON
object with ``exit_code``, ``stdout`` and ``stderr``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_COMMANDS_PER_DRIVER = 6  # a driver keeps something of each command and grows slower and slower


class Answer(NamedTuple):
    """What one command printed and how it ended (0; 1 failure; 2 warnings; 252 and more: not begun)."""

    exit_code: int
    stdout: str
    stderr: str


class AwsCli:
    """The helper process; a context manager. Nothing of the user's own AWS files is read."""

    def __init__(self, folder: Path, access_key: str, secret_key: str) -> None:
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "HOME": str(folder),
            "USERPROFILE": str(folder),
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": str(folder / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "aws-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "PYTHONUTF8": "1",
            "TZ": "UTC",
        }

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.aws_cli"],
            cwd=Path(__file__).parents[2],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, arguments: Sequence[str]) -> None:
        """Hand over one command without waiting for it; further ones may be asked before it is answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(list(arguments)) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Answer:
        """What the oldest unanswered command did."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the AWS CLI's process ended"
        return Answer(**json.loads(line))

    def run(self, *arguments: str) -> Answer:
        """One command, awaited."""
        self.ask(arguments)
        return self.answer()


def _serve() -> None:
    from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]

    answers = sys.stdout
    driver = create_clidriver()
    models = driver.session.get_component("data_loader")  # read once, for all drivers
    for number, line in enumerate(sys.stdin, start=1):
        if number % _COMMANDS_PER_DRIVER == 0:
            driver = create_clidriver()
            driver.session.register_component("data_loader", models)
        said = _carry_out(driver.main, json.loads(line))
        answers.write(json.dumps(said._asdict()) + "\n")
        answers.flush()


def _carry_out(main: Callable[[list[str]], int], arguments: list[str]) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            exit_code = main(arguments)
        except SystemExit as end:  # argparse's way to refuse
            exit_code = int(end.code or 0)
    return Answer(exit_code, out.getvalue(), err.getvalue())


if __name__ == "__main__":
    _serve()
