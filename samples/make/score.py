"""Convert every sample and compare it with its true text: python samples/make/score.py [deepocr options].

A line a sample: who read it, wall seconds of the whole process, edit distance (0 is perfect: characters
inserted, deleted and substituted, divided by the longer text), word F1; markup, case and white space are folded first.
"""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from deepocr_cli.witness.plain_words import plain_form

SAMPLES = Path(__file__).parent.parent


def main(options: list[str]) -> None:
    print(f"{'sample':16} {'read by':12} {'seconds':>8} {'distance':>9} {'word F1':>8}")
    for truth in sorted(SAMPLES.glob("*.truth.md")):
        sample = next(path for path in SAMPLES.glob(f"{truth.name.removesuffix('.truth.md')}.*") if path != truth)
        started = time.perf_counter()
        pages = convert(sample, options)
        seconds = time.perf_counter() - started
        read = plain_form("\n\n".join(text_of(page) for page in pages))
        true = plain_form(re.sub(r"!\[[^\]]*\]\([^)]*\)", "", truth.read_text()))
        readers = "+".join(dict.fromkeys(page["reader"] for page in pages))
        distance = Levenshtein.normalized_distance(read, true)
        print(f"{sample.name:16} {readers:12} {seconds:8.1f} {distance:9.3f} {word_f1(read, true):8.3f}", flush=True)


def convert(sample: Path, options: list[str]) -> list[dict]:
    command = [sys.executable, "-m", "deepocr_cli", "convert", sample, "-t", "json", "--quiet", "--no-cache", *options]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["pages"]


def text_of(page: dict) -> str:
    """The page's text without running heads and feet, which the true texts leave out."""
    return "\n\n".join(block["text"] for block in page["blocks"] if block["kind"] not in ("header", "footer"))


def word_f1(read: str, true: str) -> float:
    """Harmonic mean of precision and recall over the bags of words."""
    ours, theirs = Counter(read.split()), Counter(true.split())
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


if __name__ == "__main__":
    main(sys.argv[1:])
