"""Ends answers to uploads that have no end.

The engine collects an answer whole before it shows it, without a bound and with no way to set one. The kernel
knows how much came over each of its connections since something was last sent there, which is one answer.
Linux only: elsewhere time is the only bound.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator

MOST_ANSWER_BYTES = 256 * 1024
"""S3's answer to an upload takes one or two KiB; some proxies add as much."""
_ANSWER_PER_REQUEST = 16
"""So much longer than its request may an answer be; a request takes 300 bytes or more."""
_TICK_SECONDS = 0.02
_GROWTH_BYTES = 8 * 1024 * 1024
_MEMORY = "/proc/self/statm"
_DESCRIPTORS = "/proc/self/fd"
_BYTES_ACKED_AND_RECEIVED = struct.Struct("120xQQ")
"""Of ``struct tcp_info`` in Linux's ``include/uapi/linux/tcp.h``."""


class AnswerWatch:
    """Looks at the connections whenever the process has grown. ``cut`` counts those that it has shut down.

    Until then a connection may have carried many answers, which together are as long as one without end. If
    its requests were as many, it is suspected first, and looked at every moment until one answer alone is too
    long or the next request is sent.
    """

    def __init__(self) -> None:
        self.cut = 0
        self._closing = threading.Event()
        self._last_sent: dict[int, tuple[int, int, bool]] = {}
        with contextlib.suppress(OSError):  # not Linux
            memory = os.open(_MEMORY, os.O_RDONLY)
            threading.Thread(target=self._run, args=(memory,), name="s3-answers", daemon=True).start()

    def close(self) -> None:
        """End the watch."""
        self._closing.set()

    def _run(self, memory: int) -> None:
        checked_bytes = _resident_bytes(memory)
        while not self._closing.wait(_TICK_SECONDS):
            now_bytes = _resident_bytes(memory)
            suspects = any(suspected for *_bytes, suspected in self._last_sent.values())
            if suspects or now_bytes - checked_bytes > _GROWTH_BYTES:
                with contextlib.suppress(OSError):  # too many open files: the next look will do
                    self._check()
                    checked_bytes = now_bytes
            checked_bytes = min(checked_bytes, now_bytes)
        os.close(memory)

    def _check(self) -> None:
        known, self._last_sent = self._last_sent, {}
        for number, connection, sent, received in traffic():
            sent_before, received_before, suspected = known.get(number, (0, 0, False))
            came = received - received_before - MOST_ANSWER_BYTES
            too_much = came > sent - sent_before
            if too_much and (suspected or came > _ANSWER_PER_REQUEST * (sent - sent_before)):
                self.cut += 1
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            elif too_much or sent != sent_before:
                sent_before, received_before, suspected = sent, received, too_much
            self._last_sent[number] = sent_before, received_before, suspected


def traffic() -> Iterator[tuple[int, socket.socket, int, int]]:
    """The engine's connections, each with its number and how many bytes the server acknowledged and sent.

    None on old kernels. Raises OSError if too many files are open, or this is not Linux.
    """
    for number, connection in _connections():
        try:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            sent, received = _BYTES_ACKED_AND_RECEIVED.unpack_from(info)
        except (OSError, struct.error):
            continue  # no TCP, or an old kernel
        yield number, connection, sent, received


def _connections() -> Iterator[tuple[int, socket.socket]]:
    """The sockets of the engine, which are the ones that do not block, by inode."""
    for name in os.listdir(_DESCRIPTORS):
        with contextlib.suppress(OSError):  # closed meanwhile
            if not os.get_blocking(int(name)) and stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as connection:
                    if not os.get_blocking(connection.fileno()):  # its number may be another one's by now
                        yield os.fstat(connection.fileno()).st_ino, connection


def _resident_bytes(memory: int) -> int:
    return int(os.pread(memory, 256, 0).split()[1]) * os.sysconf("SC_PAGE_SIZE")
