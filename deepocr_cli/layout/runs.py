"""The lines of a paragraph as runs of one look in, its markdown out: bold, italic, code, links, raised digits."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import Flag, auto
from functools import reduce
from itertools import accumulate, groupby, zip_longest
from operator import or_
from urllib.parse import quote

from deepocr_cli.layout.as_markdown import escaped_places
from deepocr_cli.layout.math.line_breaks import joined_formula

_ADDRESS_SIGNS = "!#$%&'*+,-./:;=?@[]_~"
"""What stays as it is in the address of a link; brackets and spaces would end it."""

_UNSPACED = re.compile("[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Ideographs, kana and their punctuation, which stand side by side without a space."""


class Look(Flag):
    """How letters look, as far as markdown can say it."""

    PLAIN = 0
    BOLD = auto()
    ITALIC = auto()
    CODE = auto()
    FORMULA = auto()
    """LaTeX with its delimiters, which is written as it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that look alike; `address` is where a link leads that they are."""

    text: str
    look: Look = Look.PLAIN
    address: str | None = None


def join_runs(lines: Iterable[Sequence[Run]], compounds: Set[str] = frozenset()) -> list[Run]:
    """The lines of a paragraph as one; a word that was cut at the end of a line is made whole.

    `compounds` are words in small letters that the document writes with a hyphen elsewhere, and so here.
    """
    result: list[Run] = []
    for line in lines:
        if not (line := _trimmed(line)):
            continue
        if result:
            before, after = _text_of(result), _text_of(line)
            if (formula := _formula_of(result[-1], line[0])) is not None:
                result[-1], line = replace(result[-1], text=formula), line[1:]
            elif _is_cut(before, after):
                if not _keeps_hyphen(before, after, compounds):
                    result[-1] = replace(result[-1], text=result[-1].text[:-1])
            elif not (_UNSPACED.match(before[-1]) and _UNSPACED.match(after[0])):
                result.append(_space_between(result[-1], line[0]))
        result.extend(line)
    return _merged(result)


def write_runs(runs: Sequence[Run]) -> str:
    """Markdown that means these words in these looks; a look that markdown could not say here is left out."""
    words, places = _text_of(runs), _escaped_in(runs)
    written, start = "", 0
    for address, linked in groupby(runs, key=lambda run: run.address):
        label, first = "", start
        for run in linked:
            end = start + len(run.text)
            before, after = label[-1:] or words[max(0, start - 1) : start], words[end : end + 1]
            label += _written(run, {place - start for place in places if start <= place < end}, before, after)
            start = end
        written += label if address is None else _link(label, words[first:start], address)
    return written


def plain_runs(runs: Iterable[Run]) -> list[Run]:
    """The runs without bold and italic, as a heading is written, which looks like one all through."""
    return _merged([replace(run, look=run.look & (Look.CODE | Look.FORMULA)) for run in runs])


# ------------------------------------------------------------------------------------------------ joining


def _formula_of(before: Run, after: Run) -> str | None:
    """The formula that a line break has cut, where it did."""
    is_formula = Look.FORMULA in before.look and Look.FORMULA in after.look
    return joined_formula(before.text, after.text) if is_formula else None


def _trimmed(line: Sequence[Run]) -> list[Run]:
    runs = [run for run in line if run.text]
    while runs and not runs[0].text.strip():
        del runs[0]
    while runs and not runs[-1].text.strip():
        del runs[-1]
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return runs


def _text_of(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs)


def _is_cut(before: str, after: str) -> bool:
    """Whether a line ends within a word, which a hyphen that stands alone, as in "pre- and", does not show."""
    is_letter = len(before) > 1 and before[-2].isalnum()
    return is_letter and before[-1] in "-\u00ad\u2010" and after[0].isalnum()


def _keeps_hyphen(before: str, after: str, compounds: Set[str]) -> bool:
    if before[-1] == "\u00ad":
        return False
    if not (before[-2].isalpha() and after[0].islower()):
        return True
    first = before[:-1].split()[-1].strip("(\u201c\u2018\"'[")
    second = after.split()[0].strip(")\u201d\u2019\"'].,;:!?")
    return f"{first}-{second}".casefold() in compounds


def _space_between(before: Run, after: Run) -> Run:
    """The space between two lines looks as both do, and as neither where they differ."""
    return Run(" ", before.look & after.look, before.address if before.address == after.address else None)


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Neighbours that look alike as one run, with the spaces between two such; spaces in a row as one."""
    result: list[Run] = []
    for run in runs:
        if result and result[-1].text.endswith(" ") and Look.CODE not in run.look:
            run = replace(run, text=run.text.lstrip())
        if not run.text:
            continue
        if len(result) > 1 and not result[-1].text.strip() and _are_alike(result[-2], run):
            gap = result.pop()
            result[-1] = replace(result[-1], text=result[-1].text + gap.text)
        if result and _are_alike(result[-1], run):
            result[-1] = replace(result[-1], text=result[-1].text + run.text)
        else:
            result.append(run)
    return result


def _are_alike(run: Run, other: Run) -> bool:
    return run.look == other.look and run.address == other.address


# ------------------------------------------------------------------------------------------------ writing


def _escaped_in(runs: Sequence[Run]) -> set[int]:
    """The places of `escaped_places`, and of every sign that a mark beside it would give a meaning."""
    runs = [replace(run, text="x" * len(run.text)) if Look.FORMULA in run.look else run for run in runs]
    words = _text_of(runs)
    looks = reduce(or_, (run.look for run in runs), Look.PLAIN)
    signs = "*" * bool(looks & (Look.BOLD | Look.ITALIC)) + "`" * (
        Look.CODE in looks or (len(runs) > 1 and words.count("`") > 1)
    )
    places = escaped_places(words, frozenset(accumulate(len(run.text) for run in runs)))
    places.update(place for place, letter in enumerate(words) if letter in signs)
    places.update(_ends_before_marks(runs))
    return places | _unpaired_brackets(runs, places)


def _ends_before_marks(runs: Sequence[Run]) -> Iterator[int]:
    """Last letters that would take its meaning from a mark, or a link for a picture."""
    end = 0
    for run, after in zip_longest(runs, runs[1:]):
        end += len(run.text)
        if run.text.rstrip().endswith("\\"):
            yield end - (len(run.text) - len(run.text.rstrip())) - 1
        elif run.text.endswith("!") and after is not None and after.address is not None:
            yield end - 1


def _unpaired_brackets(runs: Sequence[Run], places: Set[int]) -> set[int]:
    """The brackets in labels of links that are not one within the other, or were to be when some are escaped."""
    found: set[int] = set()
    start = 0
    for address, linked in groupby(runs, key=lambda run: run.address):
        brackets, depth, is_nested = [], 0, True
        for run in linked:
            for place, letter in enumerate(run.text, start):
                if address is not None and letter in "[]" and not _is_code(run):
                    brackets.append(place)
                    depth += 1 if letter == "[" else -1
                    is_nested = is_nested and depth >= 0 and place not in places
            start += len(run.text)
        found.update(() if is_nested and depth == 0 else brackets)
    return found


def _written(run: Run, places: Set[int], before: str, after: str) -> str:
    text = run.text.strip()
    if not text:
        return run.text
    start = run.text.index(text)
    lead, trail = run.text[:start], run.text[start + len(text) :]
    if Look.FORMULA in run.look:
        return run.text
    if _is_code(run):
        return f"{lead}`{text}`{trail}"
    # Escaped brackets would enclose a formula.
    escape = {"]": "&#93;"}
    body = "".join(
        escape.get(letter, f"\\{letter}") if start + place in places else letter for place, letter in enumerate(text)
    )
    mark = ("**" if Look.BOLD in run.look else "") + ("*" if Look.ITALIC in run.look else "")
    if mark and _may_be_marked(text, lead or before, trail or after):
        body = f"{mark}{body}{mark}"
    return f"{lead}{body}{trail}"


def _is_code(run: Run) -> bool:
    """Whether it is written between backticks."""
    return Look.CODE in run.look and "`" not in run.text


def _may_be_marked(text: str, before: str, after: str) -> bool:
    """Whether marks around `text` open and close: they do not between a sign on their inner side and a letter, nor
    beside other marks."""
    if not any(letter.isalpha() for letter in text) or before.endswith("*"):
        return False
    return (text[0].isalnum() or not before[-1:].isalnum()) and (text[-1].isalnum() or not after[:1].isalnum())


def _link(label: str, words: str, address: str) -> str:
    """`label` is what `words` are written as; an address that is its own label is written once."""
    shown, bare = label.strip(), words.strip()
    if not shown or not bare:
        return label
    lead, trail = label[: label.index(shown)], label[label.index(shown) + len(shown) :]
    if bare in (address, address.removeprefix("mailto:")):
        return f"{lead}<{bare}>{trail}"
    return f"{lead}[{shown}]({quote(address, safe=_ADDRESS_SIGNS)}){trail}"
