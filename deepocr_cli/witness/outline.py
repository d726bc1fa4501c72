"""A heading's words and size in, how deep it is out: as the PDF's bookmarks say, else by how large it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepocr_cli.heading_numbers import depth_of_number

SIZES = (1.6, 1.3, 1.08)
"""Headings of the first, second and third level are at least so large beside the text; others are of the fourth."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The bookmarks of a document: the level of each by its page (from 1) and the letters of its words.

    `is_below_title`: the document has a title that no bookmark leads to.
    """

    levels: Mapping[tuple[int, str], int]
    is_below_title: bool

    def level(self, page: int, words: str) -> int | None:
        """The level of the heading of these words on `page`, below the title's; None where no bookmark leads there."""
        letters = _letters(words)
        own = {title: level for (place, title), level in self.levels.items() if place == page}
        level = own.get(letters)
        if level is None and len(letters) > 3:
            level = next((own[title] for title in own if title and _is_end(title, letters)), None)
        return None if level is None else level + self.is_below_title


def read_outline(bookmarks: Sequence[tuple[int, str, int]], largest: str = "") -> Outline:
    """The outline of bookmarks: level (from 1), words, page (from 1; less where it leads nowhere).

    Topmost sections with numbers are below a title, and so are all where `largest`, the largest words on the first
    page, are those of no bookmark.
    """
    levels: dict[tuple[int, str], int] = {}
    for level, words, page in bookmarks:
        levels.setdefault((page, _letters(words)), level)
    topmost = [words for level, words, _ in bookmarks if level == 1]
    numbered = [words for words in topmost if depth_of_number(words) is not None]
    title = _letters(largest)
    is_bookmarked = any(title in letters or letters in title for _, letters in levels if letters)
    return Outline(levels, len(numbered) > len(topmost) / 4 or (title != "" and not is_bookmarked))


def level_by_size(words: str, size: float, body_size: float) -> int:
    """1 to 4; a numbered heading is no title, however large."""
    ratio = size / max(body_size, 0.1)
    level = next((level for level, least in enumerate(SIZES, 1) if ratio >= least), len(SIZES) + 1)
    return level if depth_of_number(words) is None else max(level, 2)


def _letters(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


def _is_end(title: str, letters: str) -> bool:
    """Whether one is the other with a number before it."""
    longer, shorter = (title, letters) if len(title) > len(letters) else (letters, title)
    return longer.endswith(shorter) and len(shorter) > 3 and len(longer) - len(shorter) < 12
