"""FullDirectory: everything below the base path, every time."""

from __future__ import annotations

from mochok.model import SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.placeholders import Values, destination


class FullDirectory(Strategy):
    """The whole base path as it is now; nothing is known of how it was last week."""

    summary = "a complete directory, whatever its layout: uploads everything below the base path"
    default_structure = "full-backup/{year}/{month}"
    dated_by_run = True

    def paths(self, request: Request) -> SyncPaths:
        return SyncPaths(
            source=paths.join_local(request.base_path, ""),
            prefix=destination(self.structure(request), Values.of(request)),
            days=(request.target_date,),
        )
