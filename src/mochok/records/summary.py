"""What is about to run, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One configuration that is about to run, in words.

    ``days`` are the target dates, in words; ``source`` is the local folder, ``files`` what of it
    takes part, ``destination`` "s3://bucket/prefix"; ``profile`` and ``region`` "" if
    not given; ``strategy`` the type's name; ``options`` the entries of ``sync_options``, joined by spaces.
    ``disabled``: it only runs because it was named.
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
