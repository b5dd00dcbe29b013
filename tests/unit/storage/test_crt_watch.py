"""The watch over connections whose answers do not end."""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import closing

import pytest

from mochok.storage.crt_watch import MOST_ANSWER_BYTES, AnswerWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs /proc and TCP_INFO")


def test_only_an_answer_without_end_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(AnswerWatch()) as watch:
        pairs = []
        for blocking in (False, False, True):
            client = socket.create_connection(listener.getsockname())
            client.setblocking(blocking)
            pairs.append((client, listener.accept()[0]))
        (endless, liar), (quiet, server), (ours, lister) = pairs
        quiet.send(b"request")
        server.sendall(b"answer")
        threading.Thread(target=flood, args=(lister,), daemon=True).start()
        threading.Thread(target=flood, args=(liar,), daemon=True).start()
        kept = read_until_cut(endless, ours, watch)
        assert watch.cut == 1
        assert kept < 200 * MOST_ANSWER_BYTES
        assert quiet.recv(100) == b"answer", "it is still open"
        for client, peer in pairs:
            client.close()
            peer.close()


def flood(connection: socket.socket) -> None:
    try:
        while True:
            connection.sendall(b"x" * 65536)
    except OSError:
        return


def read_until_cut(endless: socket.socket, ours: socket.socket, watch: AnswerWatch) -> int:
    """Keep what comes, as the engine does, and read another answer without keeping it."""
    kept, deadline = [b""], time.monotonic() + 30
    while watch.cut == 0 and time.monotonic() < deadline:
        ours.recv(65536)
        try:
            kept.append(endless.recv(65536))
        except BlockingIOError:
            continue
    return sum(map(len, kept))
