"""The keys of a configuration file: the one source for loading, JSON Schema, sample file and reference page.

Every key has its type, default, description and example here and nowhere else. The models are frozen and
strict; :mod:`mochok.config.load` makes them.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema

from mochok.clock import TEN_YEARS_DAYS
from mochok.config import expectations, values
from mochok.config.diagnostics import Location
from mochok.config.document import MappingNode
from mochok.config.time_zones import checked_timezone
from mochok.errors import MochokError
from mochok.model import Identity
from mochok.plan.options import SyncOptions, parse_options
from mochok.records.expected_days import ExpectedDays
from mochok.strategies import registry
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.option_types import DestinationPattern, invalid

if TYPE_CHECKING:
    from mochok.config.overlaps import DestinationFolders


def _absolute(value: object, info: ValidationInfo) -> object:
    """Resolve a path, such as a default, against the folder in the validation context, if there is one."""
    if not isinstance(value, str | Path):
        raise invalid("must be a path", "write it in quotes")
    text = values.checked_path(str(value))
    folder = (info.context or {}).get("folder")
    return Path(values.resolve_path(text, folder) if folder else text)


def _build_strategy(value: object) -> Strategy:
    if isinstance(value, Strategy):
        return value
    if not isinstance(value, dict):
        raise invalid("must be a section", "write type: DateFolder below it")
    type_name = value.get("type")
    if not isinstance(type_name, str):
        kind = "missing" if type_name is None else "string_type"
        raise values.invalid_parts([("type", kind, type_name)])
    try:
        return registry.create(type_name, {key: option for key, option in value.items() if key != "type"})
    except MochokError as error:
        raise values.invalid_parts([("type", invalid(error.message, error.hint), type_name)]) from error


def _build_options(value: object) -> SyncOptions:
    if isinstance(value, SyncOptions):
        return value
    if isinstance(value, str):
        items = ", ".join(f'"{option.strip()}"' for option in re.split(r"\s+(?=--)", value.strip()))
        raise invalid("must be a list", f"write [{items}]")
    if not isinstance(value, list | tuple):
        raise invalid("must be a list of options", 'write a list such as ["--delete", "--exclude=*.tmp"]')
    options, errors = parse_options([str(item) for item in value])
    not_text = {index: item for index, item in enumerate(value) if not isinstance(item, str)}
    wrong: list[values.WrongPart] = [(index, "string_type", item) for index, item in not_text.items()]
    for error in errors:
        if error.index not in not_text:
            wrong.append((error.index, invalid(error.message, error.hint), None))
    if wrong:
        raise values.invalid_parts(wrong)
    return options


Name = Annotated[str, AfterValidator(values.checked_name)]
FilePath = Annotated[Path, BeforeValidator(_absolute), WithJsonSchema({"type": "string", "format": "path"})]
BasePath = Annotated[str, AfterValidator(values.checked_path)]
Bandwidth = Annotated[str, BeforeValidator(values.checked_bandwidth)]
Expected = Annotated[
    ExpectedDays,
    PlainValidator(expectations.expected_days),
    WithJsonSchema(expectations.SCHEMA),
    PlainSerializer(expectations.as_written),
]
StrategyField = Annotated[Strategy, PlainValidator(_build_strategy), WithJsonSchema({"type": "object"})]
OptionsField = Annotated[
    SyncOptions,
    PlainValidator(_build_options),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


def _key(
    default: Any, description: str, example: object = None, *, ge: int | None = None, le: int | None = None
) -> Any:
    """An optional key; without an example the default is one."""
    if example is None:
        example = str(default) if isinstance(default, Path) else default
    return Field(default, description=description, examples=[example], ge=ge, le=le)


class GlobalSettings(_Section, defer_build=True):  # pydantic builds it as a part of Settings
    """Settings of the whole run."""

    log_retention_months: int = _key(12, "How many months log files are kept.", ge=1, le=1200)
    log_directory: FilePath = _key(
        Path("log"), "Folder of the monthly log files. For a configuration photos.yaml: photos.log."
    )
    state_file: FilePath = _key(
        Path("state.json"), "The state file; `mochok status` reads it. For photos.yaml: photos.state.json."
    )
    ledger_file: FilePath = _key(
        Path("mochok.db"),
        "SQLite file with the history of all runs and the files that were uploaded. For photos.yaml:"
        " photos.mochok.db.",
    )
    timezone: Annotated[str, AfterValidator(checked_timezone)] | None = _key(
        None,
        "Time zone that defines 'yesterday': an IANA name, or that of a Windows zone, such as Romance"
        " Standard Time. Default: the system's time zone.",
        "America/Santiago",
    )
    parallel_configurations: int = _key(1, "How many configurations run at the same time.", ge=1, le=64)
    bandwidth_limit: Bandwidth | None = _key(
        None, "Upload limit: kB/s, MB/s, GB/s (powers of 1000) or KiB/s, MiB/s, GiB/s (of 1024).", "20 MB/s"
    )
    retry_minutes: int = _key(
        10,
        "How long requests are repeated, with growing pauses, while the server is unavailable (503, 429,"
        " lost connections, and no connection to a server that has answered before in this run); 0 makes five"
        " quick attempts.",
        ge=0,
        le=1440,
    )
    settle_minutes: int = _key(
        15,
        "How long the files of a day must not have changed for the day to be complete; else it is open, and"
        " the next sync checks it again. 0 switches this off.",
        ge=0,
        le=1440,
    )
    history_retention_months: int = _key(36, "How many months of history the ledger keeps.", ge=1, le=1200)
    day_placeholder: Literal["number", "folder"] = _key(
        "number",
        "Value of `{day}` in a DateFolder's destination: the number of the day, or, as in the PowerShell"
        " original, the folder name, which gives 2024/03/2024-03-15.",
    )

    @property
    def bandwidth_limit_bytes_per_second(self) -> int | None:
        """The limit as a number, None without one."""
        return values.bytes_per_second(self.bandwidth_limit) if self.bandwidth_limit else None

    @property
    def foreign_paths(self) -> tuple[str, ...]:
        """The keys with a path of Windows on another system, where it would be the name of a file."""
        keys = ("log_directory", "state_file", "ledger_file")
        return tuple(key for key in keys if values.is_foreign(str(getattr(self, key))))

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone, None for the system's."""
        return ZoneInfo(self.timezone) if self.timezone else None


class Destination(_Section, defer_build=True):
    """The bucket, and how to connect to it."""

    bucket_name: Annotated[str, AfterValidator(values.checked_bucket)] = Field(
        description="The bucket's name, without s3://.", examples=["company-documents"]
    )
    aws_profile: values.Profile | None = _key(
        None, "AWS profile with the credentials. Default: the default credential chain.", "default"
    )
    aws_region: values.Region | None = _key(
        None, "The bucket's region. Default: the profile's region, or the bucket's own.", "eu-west-1"
    )
    s3_path_structure: DestinationPattern | None = _key(
        None,
        "Folder in the bucket. Placeholders: {year} {month} {day} {quarter} {week} {week_year}"
        " {date:FORMAT} {day_folder} {config_name} {hostname}. Default: the strategy's.",
        "{year}/{month}/{day}",
    )
    endpoint_url: Annotated[str, AfterValidator(values.checked_endpoint)] | None = _key(
        None, "Address of an S3-compatible server. Default: AWS.", "https://s3.example.com"
    )
    addressing_style: Literal["auto", "path", "virtual"] = _key(
        "auto", "Whether the bucket's name is in the path or in the host name; auto decides."
    )
    role_arn: values.Role | None = _key(
        None, "IAM role to assume with the profile's credentials.", "arn:aws:iam::123456789012:role/Backup"
    )
    expected_bucket_owner: Annotated[str, AfterValidator(values.checked_account)] | None = _key(
        None,
        "AWS account ID (12 digits, in quotes) that must own the bucket; if not, the run fails.",
        "123456789012",
    )
    create_bucket: bool = _key(
        True, "Create the bucket if it does not exist: versioned, encrypted, not public."
    )
    checksum: Literal["crc64nvme", "crc32", "crc32c", "sha256", "none"] = _key(
        "crc64nvme", "Checksum that the server verifies; `none` for servers without checksums."
    )


class DeleteGuard(_Section):
    """If `--delete` would remove more than this, nothing is deleted and the configuration fails."""

    max_percent: int = _key(
        50, "Largest share of the objects that the configuration could delete, in percent.", ge=0, le=100
    )
    max_objects: int = _key(1000, "Largest number of objects.", ge=0)


class Configuration(_Section, defer_build=True):
    """One upload: a source, a strategy and a destination."""

    name: Name = Field(
        description="Unique name, shown in logs and in the state file.", examples=["Daily Documents"]
    )
    description: str = Field(
        description="What it is for, for people.", examples=["Scanned documents of the day before"]
    )
    enabled: bool = Field(description="Whether `mochok sync` runs it.", examples=[True])
    local_base_path: BasePath = Field(
        description="The source folder. A relative path starts at the configuration file's folder.",
        examples=["C:\\Data\\Documents"],
    )
    strategy: StrategyField = Field(
        alias="sync_strategy",
        description="How the date determines the source folder and the destination.",
        examples=[{"type": "DateFolder", "date_folder_format": "yyyy-MM-dd"}],
    )
    destination_config: Destination = Field(description="The bucket, and how to connect to it.")
    options: OptionsField = Field(
        alias="sync_options",
        default_factory=SyncOptions,
        description="Options as for `aws s3 sync`. Of --exclude and --include the last match wins;"
        " placeholders in them, such as {date:yyyyMMdd}, are replaced.",
        examples=[["--exclude=*.tmp"]],
    )
    compare: Literal["ledger", "size-and-time", "checksum"] = _key(
        "ledger",
        "How a changed file is detected: by what was uploaded last, by size and time as aws does, or the"
        " same with a checksum for a newer file of equal size.",
    )
    reconcile_every_days: int = _key(
        0, "With compare: ledger, the maximum age of the last listing; 0 lists every time.", ge=0, le=366
    )
    missing_source: Literal["skip", "fail"] = _key(
        "skip", "Whether a missing source folder is skipped or a failure."
    )
    empty_source: Literal["fail", "ok"] = _key(
        "fail",
        "Whether a source without files, or whose disk is not mounted, is a failure if it had files before.",
    )
    delete_guard: DeleteGuard = Field(
        default_factory=DeleteGuard, description="Limits of `--delete`; beyond them nothing is deleted."
    )
    symlinks: Literal["follow", "inside", "ignore"] = _key(
        "follow", "Follow all symbolic links, only those that lead inside the source folder, or none."
    )
    max_link_expansion: int = _key(
        10_000,
        "How many files and folders that a symbolic link has already reached may be reached through further"
        " links; beyond it the configuration fails.",
        ge=0,
    )
    expected: Expected = Field(
        ExpectedDays(),
        alias="expected_days",
        description="Days that should have data: daily, weekdays, a list of weekdays and dates such as"
        " [mon, thu, 2026-12-24], or a section with days, except (a list of dates), holidays (country or"
        " country-region, with the extra mochok[holidays]) and monthly (days of the month).",
        examples=["daily"],
    )
    catch_up_days: int = _key(
        0,
        "A sync without dates also uploads the incomplete expected days of the last N days.",
        ge=0,
        le=TEN_YEARS_DAYS,
    )
    bandwidth_limit: Bandwidth | None = _key(None, "Upload limit of this configuration.", "5 MB/s")
    retry_minutes: int | None = _key(
        None, "Like the global key, for this configuration. Default: the global value.", 30, ge=0, le=1440
    )
    settle_minutes: int | None = _key(
        None, "Like the global key, for this configuration. Default: the global value.", 60, ge=0, le=1440
    )

    @property
    def bandwidth_limit_bytes_per_second(self) -> int | None:
        """This configuration's limit, None without one."""
        return values.bytes_per_second(self.bandwidth_limit) if self.bandwidth_limit else None


def _at_least_one(configurations: tuple[Configuration, ...]) -> tuple[Configuration, ...]:
    if not configurations:
        raise invalid("is empty", "add an entry; `mochok strategies --show-examples` prints examples")
    return configurations


def _typed_keys(*models: type[BaseModel]) -> Iterator[str]:
    for model in models:
        for name, field in model.model_fields.items():
            if {bool, int}.intersection((field.annotation, *get_args(field.annotation))):
                yield field.alias or name


TYPED_KEYS = frozenset(
    ("date_range_days_back", *_typed_keys(GlobalSettings, Destination, DeleteGuard, Configuration))
)
"""The keys whose value is a boolean or a number; the first is a strategy's, which are loaded when needed."""


class Settings(_Section):
    """A whole configuration file, ready to use."""

    global_settings: GlobalSettings = Field(
        default_factory=GlobalSettings, alias="global", description="Settings of the whole run."
    )
    configurations: Annotated[
        tuple[Configuration, ...], Field(strict=False), AfterValidator(_at_least_one)
    ] = Field(alias="sync_configurations", description="What to upload, in this order.")
    path: SkipJsonSchema[Path] = Field(Path("sync-config.yaml"), exclude=True)
    notices: SkipJsonSchema[tuple[str, ...]] = Field((), exclude=True)
    _tree: MappingNode | None = PrivateAttr(None)

    @property
    def tree(self) -> MappingNode:
        """The file's values with their locations; empty for settings that were not loaded from a file."""
        return self._tree or MappingNode(Location(str(self.path), 0, 0), {})

    @cached_property
    def destinations(self) -> tuple[DestinationFolders | None, ...]:
        """Where each configuration uploads to, on any day; see :mod:`mochok.config.overlaps`."""
        from mochok.config.overlaps import destinations  # only for a configuration with --delete

        return destinations(self, socket.gethostname())

    @cached_property
    def identities(self) -> dict[str, Identity]:
        """Whose the days of each configuration are, by its name; see :mod:`mochok.config.identity`."""
        from mochok.config.identity import identity  # not for commands that ask for no day

        hostname = socket.gethostname()
        return {entry.name: identity(self, entry, hostname) for entry in self.configurations}

    def with_source(self, path: Path, notices: tuple[str, ...], tree: MappingNode) -> Settings:
        """A copy that knows the file it came from."""
        copy = self.model_copy(update={"path": path, "notices": notices})
        copy._tree = tree
        return copy

    def request(
        self,
        configuration: Configuration,
        target_date: date,
        hostname: str,
        day_placeholder: Literal["number", "folder"] | None = None,
    ) -> Request:
        """What the configuration's strategy may know; ``day_placeholder`` None takes the file's."""
        return Request(
            config_name=configuration.name,
            base_path=configuration.local_base_path,
            target_date=target_date,
            path_structure=configuration.destination_config.s3_path_structure,
            hostname=hostname,
            day_placeholder=day_placeholder or self.global_settings.day_placeholder,
        )
