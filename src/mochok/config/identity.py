"""Whose a data day is: today's identity of each configuration, however its destination is spelled.

Structures are distinguished by the prefix of one sample day, so two spellings of the same structure are one.
"""

from __future__ import annotations

import os
import re
from datetime import date
from typing import TYPE_CHECKING

from mochok.config.overlaps import destination_folders, server_of
from mochok.errors import MochokError
from mochok.model import Identity

if TYPE_CHECKING:
    from mochok.config.schema import Configuration, Settings

SAMPLE = date(2027, 1, 2)
"""Year, week year, month, day and week differ on it, and numbers of one and of two digits."""
_USER_INFO = re.compile("//[^/]*@")


def identity(settings: Settings, configuration: Configuration, hostname: str) -> Identity:
    """The identity of the days of ``configuration`` on the machine ``hostname``."""
    bucket = configuration.destination_config.bucket_name
    server = _USER_INFO.sub("//", server_of(configuration, os.environ))  # the ledger keeps no password
    try:
        prefix = configuration.strategy.paths(settings.request(configuration, SAMPLE, hostname)).prefix
    except MochokError as error:  # each run reports it; nothing is uploaded
        return Identity(configuration.name, f"{server} s3://{bucket} {error.message}")
    found = destination_folders(settings, configuration, hostname)
    folders = "".join(f"/{folder.expression}" for folder in found.folders) if found else "/.*"
    return Identity(
        configuration.name, f"{server} s3://{bucket}/{prefix}", f"s3://{re.escape(bucket)}{folders}/?"
    )
