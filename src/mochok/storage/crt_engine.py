"""Whether the native engine is installed and can be loaded."""

from __future__ import annotations

from importlib import metadata

from mochok.errors import PrerequisiteError


def engine_version() -> str:
    """The native engine's version, without loading it. Raises PrerequisiteError if it is not installed."""
    try:
        return metadata.version("awscrt")
    except metadata.PackageNotFoundError as error:
        raise PrerequisiteError("the S3 engine is missing", hint="install it: pip install awscrt") from error


def check_engine() -> None:
    """Raise PrerequisiteError unless the native engine can be loaded on this machine."""
    try:
        import awscrt.s3  # noqa: F401 - to see whether it loads
    except ImportError as error:
        raise PrerequisiteError(
            f"the S3 engine cannot be loaded: {error}",
            hint="reinstall it: pip install --force-reinstall awscrt",
        ) from error
