"""What the scripts that write Rust files share: where the checkout is, and the choice between writing and checking."""

from __future__ import annotations

import argparse
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def write_or_check(about: str | None, path: tuple[str, ...], text, source: str) -> None:
    """Writes `text()` to a file of the checkout; with `--check` on the command line writes nothing, and ends with exit code 1 where
    the file is another. `source`: who says what must stand there."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the file would change")
    file = os.path.join(ROOT, *path)
    checks = parser.parse_args().check
    written = text()
    if checks:
        with open(file, encoding="utf-8") as standing:
            sys.exit(0 if standing.read() == written else f"{file} is not what {source}")
    with open(file, "w", encoding="utf-8") as out:
        out.write(written)
