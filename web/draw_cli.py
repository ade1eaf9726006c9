"""``flask verify-draw FILE``: draw again from the record of a double-random draw; the program that is handed out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from records import verify_draw


@click.command("verify-draw")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--commitment", help="The commitment that was published before the draw (64 hexadecimal digits).")
def check_draw(file: Path, commitment: str | None) -> None:
    """Draw again and compare. Exit 0: the same; 1: the first difference is named; 2: the file cannot be read."""
    sys.exit(verify_draw.main([str(file), *([commitment] if commitment else [])], click.echo))
