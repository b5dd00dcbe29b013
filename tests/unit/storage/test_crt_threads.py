"""The engine's threads keep their Python state; requests to a port where nobody listens make them call."""

from __future__ import annotations

import queue
import socket
import threading

from awscrt.http import HttpHeaders, HttpRequest
from awscrt.s3 import S3Client, S3RequestTlsMode, S3RequestType, S3RetryConfig, S3RetryMode

from mochok.storage.crt_threads import keep_thread_state

REQUESTS = 60


def test_a_thread_of_the_engine_keeps_its_python_state_between_callbacks() -> None:
    """Without it Python makes a new one for each callback, which remembers nothing of the last."""
    memory, seen = threading.local(), queue.SimpleQueue[tuple[int, bool]]()

    def on_done(**_facts: object) -> None:
        keep_thread_state()
        seen.put((threading.get_native_id(), hasattr(memory, "called")))
        memory.called = True

    with socket.create_server(("127.0.0.1", 0)) as unused:
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    client = S3Client(
        region="us-east-1",
        tls_mode=S3RequestTlsMode.DISABLED,
        retry_config=S3RetryConfig(retry_mode=S3RetryMode.NONE),
    )
    requests = [
        client.make_request(
            type=S3RequestType.DEFAULT,
            operation_name="HeadBucket",
            request=HttpRequest("HEAD", "/bucket", HttpHeaders([("Host", host)])),
            on_done=on_done,
        )
        for _ in range(REQUESTS)
    ]
    calls = [seen.get(timeout=60) for _ in requests]
    threads = {thread for thread, _remembered in calls}
    assert sum(not remembered for _thread, remembered in calls) <= len(threads) < REQUESTS
