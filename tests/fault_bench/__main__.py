"""The command line of the bench: see the package."""

import random
import sys
from pathlib import Path

from fault_bench.layers import format_layers, pages_of, rate_layers
from fault_bench.pages import load_cases, make_cases
from fault_bench.table import Witness, format_table

ROUNDS = 3
PAGES_EACH = 2
"""Pages of each PDF whose layer is made to lie."""
USAGE = "usage: python -m fault_bench make FOLDER | run FOLDER... | layers FOLDER..."


def main(arguments: list[str]) -> None:
    match arguments:
        case ["make", folder]:
            make_cases(Path(folder))
        case ["run", *folders] if folders:
            cases = [case for folder in folders for case in load_cases(Path(folder))]
            for witness in Witness:
                sys.stdout.write(format_table(cases, witness, ROUNDS) + "\n\n")
        case ["layers", *folders] if folders:
            paths = [path for folder in folders for path in sorted(Path(folder).rglob("*.pdf"))]
            marks = rate_layers(pages_of(paths, PAGES_EACH, random.Random(1)))
            sys.stdout.write(format_layers(marks) + "\n")
        case _:
            raise SystemExit(USAGE)


main(sys.argv[1:])
