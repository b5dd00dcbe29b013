"""Runs one command and prints what it used, as JSON.

A process of its own because the peak memory that the kernel reports for a child includes what its parent
held when it was started: the parent must be small. Usage: ``launcher.py OUTPUT_FILE COMMAND [ARGUMENT]...``
"""

import json
import os
import sys
import time

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, see getrusage(2)


def main() -> None:
    output = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    redirect = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    started = time.perf_counter()
    child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=redirect)
    _, status, usage = os.wait4(child, 0)
    print(
        json.dumps(
            {
                "wall_seconds": time.perf_counter() - started,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_bytes": usage.ru_maxrss * BYTES_PER_UNIT,
                "exit_code": os.waitstatus_to_exitcode(status),
            }
        )
    )


if __name__ == "__main__":
    main()
