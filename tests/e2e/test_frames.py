"""From the command to the PUT a reader passes at most twelve functions of Mochok."""

from __future__ import annotations

import sys

from tests.e2e.harness import DAY, Workspace

SPY = """
import sys, traceback
import awscrt.s3
from mochok.cli import main

make_request = awscrt.s3.S3Client.make_request

def spy(client, *arguments, **settings):
    if settings["type"] is awscrt.s3.S3RequestType.PUT_OBJECT:
        frames = [frame for frame in traceback.extract_stack() if "/mochok/" in frame.filename]
        print(*(f"{frame.filename.partition('/mochok/')[2]}:{frame.name}" for frame in frames), sep="\\n")
    return make_request(client, *arguments, **settings)

awscrt.s3.S3Client.make_request = spy
main(sys.argv[1:])
"""


def test_a_reader_passes_at_most_twelve_frames_from_the_command_to_the_put(workspace: Workspace) -> None:
    workspace.write({"a.txt": "a"})
    workspace.configure(workspace.whole_folder())
    spy = [sys.executable, "-c", SPY]

    done = workspace.run("sync", "--quiet", "--target-date", DAY, program=spy).must(0)

    frames = [line for line in done.stdout.splitlines() if ".py:" in line]
    assert (frames[0], frames[-1].partition(":")[0]) == ("cli/__init__.py:main", "storage/crt_upload.py")
    assert len(frames) <= 12, frames
