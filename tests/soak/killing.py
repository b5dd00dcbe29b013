"""A process that is killed at a given call: from then on nothing that it asks for happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Kill(BaseException):
    """The process ends here; no handler of an exception may hold it up."""


class Fuse:
    """Counts calls; raises Kill at the one that was chosen, and at each one after it."""

    def __init__(self) -> None:
        self.calls_left: int | None = None

    def burn(self) -> None:
        """One call."""
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Kill


class Killable:
    """``target``, whose methods burn a fuse before and after they do what they do."""

    def __init__(self, target: Any, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        return self._burning(found) if callable(found) else Killable(found, self._fuse)

    def _burning(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self._fuse.burn()
            answer = method(*arguments, **named)
            self._fuse.burn()
            return answer

        return called
