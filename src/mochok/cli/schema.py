"""``mochok schema``: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of sync-config.yaml, plugins' strategies included."""
    from mochok.cli.output import print_json  # noqa: PLC0415
    from mochok.config.json_schema import json_schema  # noqa: PLC0415 - loads pydantic

    print_json(json_schema())
