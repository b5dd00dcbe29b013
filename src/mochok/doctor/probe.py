"""``--probe``: upload one small object as every file is uploaded, and delete it again."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from mochok.doctor.check import Check, failed
from mochok.errors import MochokError
from mochok.model import Reason, SourceFile, Upload
from mochok.storage.contract import Unsent
from mochok.storage.inspector import Inspector
from mochok.storage.settings import OpenSettings
from mochok.storage.stores import Stores

CONTENT = b"Written by mochok install --probe; it may be deleted.\n"


def probe(name: str, opening: OpenSettings, inspector: Inspector, stores: Stores) -> Check:
    """Write below ``opening.location`` with the configuration's own options, then delete what was written."""
    subject, key = f"probe of {name}", f".mochok-probe-{secrets.token_hex(8)}"
    url = opening.location.url
    try:
        _write(stores, replace(opening, read_only=False, create_bucket=False), key)
    except MochokError as error:
        return failed(subject, error)
    try:
        inspector.remove_probe(f"{opening.location.key_prefix}{key}")
    except MochokError as error:
        return Check(
            "warning", subject, f"written to {url}/{key}, but not deleted: {error.message}",
            "delete it by hand; with --delete a run needs s3:DeleteObject",
        )  # fmt: skip
    return Check("ok", subject, f"an object was written below {url} and deleted again")


def _write(stores: Stores, opening: OpenSettings, key: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="mochok-probe-") as folder,
        closing(stores.open(opening, lambda _level, _message: None)) as store,
    ):
        path = Path(folder, "probe")
        path.write_bytes(CONTENT)
        file = SourceFile(key, str(path), len(CONTENT), path.stat().st_mtime_ns)
        for outcome in store.upload([Upload(file, Reason.NEW)]):
            if isinstance(outcome, Unsent):
                raise outcome.error
