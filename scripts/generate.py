"""``python -m scripts.generate``: write every file that comes from the code, and CHANGELOG.md.

The tests in ``tests/project`` fail when a committed file is not what this would write.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.changelog import changelog
from scripts.cli_page import cli_page
from scripts.configuration_page import reference_page, sample_file, schema_text
from scripts.reliability_page import reliability_page

PROJECT = Path(__file__).parents[1]
PAGES: dict[str, Callable[[], str]] = {
    "src/mochok/doctor/sample.yaml": sample_file,
    "docs/reference/configuration.md": reference_page,
    "docs/reference/sync-config.schema.json": schema_text,
    "docs/reference/cli.md": cli_page,
    "docs/reliability.md": reliability_page,
    "CHANGELOG.md": lambda: changelog(PROJECT / "changes"),
}


def main() -> None:
    for name, page in PAGES.items():
        path = PROJECT / name
        text = page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"written: {name}")


if __name__ == "__main__":
    main()
