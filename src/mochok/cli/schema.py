"""``mochok schema``: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations

import click

from mochok.cli.framework import Command
from mochok.cli.output import print_json
from mochok.config.json_schema import json_schema


@click.command(
    cls=Command,
    examples=[
        ("mochok schema", "print it"),
        ("mochok schema > sync-config.schema.json", "save it for an editor"),
    ],
)
def schema() -> None:
    """Print the JSON Schema of sync-config.yaml, plugins' strategies included."""
    print_json(json_schema())
