"""What is about to run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One configuration that is about to run, in words.

    ``days`` are the target dates, ``source`` is the local folder, ``files`` how many of it take part,
    ``destination`` "s3://bucket/prefix"; ``profile`` and ``region`` "" if not given; ``strategy`` the type's
    name; ``options`` the entries of ``sync_options``. ``disabled``: it only runs because it was named.
    """

    name: str
    days: str
    source: str
    files: str
    destination: str
    profile: str
    region: str
    strategy: str
    options: str
    disabled: bool = False
