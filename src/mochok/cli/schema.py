"""``mochok schema``: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of sync-config.yaml, plugins' strategies included."""
    from mochok.cli.output import print_json
    from mochok.config.json_schema import json_schema  # loads pydantic

    print_json(json_schema())
