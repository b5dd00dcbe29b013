"""The demonstration's own ``sync-config.yaml``, credentials and environment. Never the user's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mochok.demo.sample import DATABASE, DOCUMENTS, LOG_WINDOW_DAYS_BACK, LOGS, WEBSITE
from mochok.demo.server import HOST, S3Server, write_private

BUCKET = "mochok-demo"
PROFILE = "mochok-demo"
REGION = "us-east-1"
PREFIXES = {DOCUMENTS: "documents/", WEBSITE: "website/", LOGS: "logs/", DATABASE: "database/"}

_CONFIGURATION = f"""\
# Written by "mochok demo": one configuration for each strategy.
# Relative paths start at this file's own folder.
global:
  log_directory: "log"
  state_file: "state.json"
  settle_minutes: 0  # the sample files were written a moment ago, and nothing changes them any more

defaults:
  destination_config:
    bucket_name: "{BUCKET}"
    aws_profile: "{PROFILE}"
    aws_region: "{REGION}"
    endpoint_url: "ENDPOINT_URL"

sync_configurations:
- name: "{DOCUMENTS}"
  description: "One folder a day, such as data/documents/2025-01-15"
  enabled: true
  local_base_path: "data/documents"
  sync_strategy:
    type: "DateFolder"
    date_folder_format: "yyyy-MM-dd"
  destination_config:
    s3_path_structure: "documents/{{year}}/{{month}}/{{day}}"
  sync_options: ["--exclude=*.tmp"]

- name: "{WEBSITE}"
  description: "A folder as a whole"
  enabled: true
  local_base_path: "data/website"
  sync_strategy:
    type: "FullDirectory"
  destination_config:
    s3_path_structure: "website"

- name: "{LOGS}"
  description: "Files of one flat folder that changed in the last days"
  enabled: true
  local_base_path: "data/logs"
  sync_strategy:
    type: "DateRange"
    date_range_days_back: {LOG_WINDOW_DAYS_BACK}
  destination_config:
    s3_path_structure: "logs"

- name: "{DATABASE}"
  description: "Folders by year and month"
  enabled: true
  local_base_path: "data/database"
  sync_strategy:
    type: "CustomPattern"
    custom_local_pattern: "{{base_path}}/{{year}}/{{month}}"
  destination_config:
    s3_path_structure: "database/{{year}}/{{month}}"
"""
"""The demonstration's configuration file, one entry for each strategy; ENDPOINT_URL is a placeholder."""


class DemoFolder:
    """The files of a demonstration."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.server = root / "server"
        self.configuration = root / "sync-config.yaml"
        self.state = root / "state.json"
        self.credentials = root / "aws" / "credentials"
        self.profiles = root / "aws" / "config"

    def write_settings(self, server: S3Server) -> None:
        """Write the configuration and the credentials for ``server``."""
        self.configuration.write_text(_CONFIGURATION.replace("ENDPOINT_URL", server.endpoint_url), "utf-8")
        self.credentials.parent.mkdir(exist_ok=True)
        keys = f"aws_access_key_id = {server.access_key}\naws_secret_access_key = {server.secret_key}\n"
        write_private(self.credentials, f"[{PROFILE}]\n{keys}")
        self.profiles.write_text(f"[profile {PROFILE}]\nregion = {REGION}\n", "utf-8")

    def last_statuses(self) -> dict[str, str]:
        """Configuration -> the status of its last result in ``state.json``."""
        try:
            results = json.loads(self.state.read_text("utf-8"))["configurationResults"]
        except (OSError, ValueError, KeyError):
            return {}
        return {name: str(result.get("lastStatus")) for name, result in results.items()}

    def variables(self) -> dict[str, str]:
        """The environment variables that make AWS libraries read this folder's files only."""
        return {
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_CONFIG_FILE": str(self.profiles),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` with the demonstration's AWS settings and none of the user's."""
        kept = {
            name: value for name, value in environ.items() if not name.startswith(("AWS_", "MOCHOK_CONFIG"))
        }
        return kept | self.variables() | {"NO_PROXY": HOST, "no_proxy": HOST}
