"""``python -m bench [--rows first,unchanged] [--runs 5] [--scale 0.1] [--output FILE]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.measure import Measurement
from bench.report import Medians, heading, table, title
from bench.rows import ROWS, Row
from bench.runner import Runner
from mochok.demo.server import S3Server


def main() -> None:
    options = _options()
    rows = [row.scaled(options.scale) for row in ROWS if row.name in options.rows]
    with tempfile.TemporaryDirectory(prefix="mochok-bench-", dir=options.folder) as folder:
        results = _measure(rows, Path(folder), options.runs)
    text = f"{heading(options.runs, options.scale)}\n{table(results)}"
    print(text)
    if options.output:
        options.output.write_text(text, "utf-8")


def _measure(rows: list[Row], root: Path, rounds: int) -> dict[str, tuple[Row, Medians]]:
    results: dict[str, tuple[Row, Medians]] = {}
    with S3Server(root / "server") as server:
        runner = Runner(server, root, rounds)
        for row in rows:
            print(title(row), file=sys.stderr, flush=True)
            runs = runner.run(row)
            results[row.name] = (row, {name: Measurement.median_of(found) for name, found in runs.items()})
        runner.close()
    return results


def _options() -> argparse.Namespace:
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compares Mochok with its peers.")
    parser.add_argument("--rows", default=",".join(names), help=f"which, by name: {','.join(names)}")
    parser.add_argument("--runs", type=int, default=5, help="rounds; the medians are shown (5)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the files, for a quick look (1)")
    parser.add_argument("--folder", type=Path, help="where to work (the system's temporary folder)")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    options = parser.parse_args()
    options.rows = options.rows.split(",")
    if unknown := set(options.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return options


if __name__ == "__main__":
    main()
