"""The real AWS CLI in one long-lived process: ``python -m tests.support.aws_cli``.

Starting ``aws`` costs most of a second; its own entry function, called again and again in one process, costs a
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
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


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
        """Hand over one command without waiting for it; a second one may be asked before the first answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(list(arguments)) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Answer:
        """What the oldest unanswered command did."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the AWS CLI's process ended"
        said: Mapping[str, str] = json.loads(line)
        return Answer(int(said["exit_code"]), said["stdout"], said["stderr"])

    def run(self, *arguments: str) -> Answer:
        """One command, awaited."""
        self.ask(arguments)
        return self.answer()


def _serve() -> None:
    from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]  # noqa: PLC0415

    driver = create_clidriver()
    answers = sys.stdout
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                exit_code = driver.main(json.loads(line))
            except SystemExit as end:  # argparse's way to refuse
                exit_code = int(end.code or 0)
        said = {"exit_code": exit_code, "stdout": out.getvalue(), "stderr": err.getvalue()}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
