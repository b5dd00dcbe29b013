"""Windows has no fcntl, no O_NOFOLLOW, no SIGHUP: the installed program does its work without them too.

What Windows does otherwise, such as refusing to replace an open file, this cannot show.
"""

from __future__ import annotations

import sys

from tests.e2e.harness import DAY, Bucket, Workspace

# Modules and names that exist on POSIX only; the libraries look before they use them, and so must we.
AS_ON_WINDOWS = """
import os, signal, sys
for module in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"):
    sys.modules[module] = None
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "mkfifo", "getuid", "setsid", "fork"):
    delattr(os, name)
for name in ("SIGHUP", "SIGQUIT", "SIGUSR1", "SIGALRM", "setitimer", "alarm"):
    delattr(signal, name)
os.supports_dir_fd.clear()
from mochok.cli import main
main(sys.argv[1:])
"""


def test_what_windows_lacks_is_not_needed(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.txt": "hello", "sub/b.txt": "there"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(sync_options=["--delete"]))
    (workspace.folder / "log").mkdir()
    (workspace.folder / "log" / "sync_2020-01.log").write_text("old\n")

    def run(*arguments: str) -> str:
        return workspace.run(*arguments, program=[sys.executable, "-c", AS_ON_WINDOWS]).must(0).output

    for _night in range(2):  # old logs are removed once an earlier run shows that the clock is right
        assert f"Daily: {DAY} is complete in S3." in run("sync", "--target-date", DAY)

    assert bucket.objects() == {"2025/01/15/a.txt": 5, "2025/01/15/sub/b.txt": 5}
    assert "sync_2020-01.log" not in {path.name for path in (workspace.folder / "log").iterdir()}
    assert "1 of 1 configuration successful" in run("status")
    assert "do nothing: up to date" in run("explain", "Daily", "a.txt", "--target-date", DAY)
    assert "no problems found" in run("validate")
    assert "success" in run("history")
    assert "1 log file removed" in run("clear-logs", "--all")
