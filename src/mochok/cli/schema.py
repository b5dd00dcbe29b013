"""``mochok schema``: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations

from mochok.cli.framework import command
from mochok.cli.output import print_json
from mochok.config.json_schema import json_schema


@command(
    ("mochok schema", "print it"),
    ("mochok schema > sync-config.schema.json", "save it for an editor"),
)
def schema() -> None:
    """Print the JSON Schema of sync-config.yaml, plugins' strategies included."""
    print_json(json_schema())
