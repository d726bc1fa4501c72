"""A text in, the language that it is plainly written in out: screen readers and hyphenation go by it.

What a PDF states of itself is not asked: word processors state their own language.
"""

import re
from collections import defaultdict
from heapq import nlargest

FEWEST_WORDS = 5
"""Small words that must be found; one that several languages have counts for each of them in part."""
LEAST_SHARE = 0.1
"""The share of a text's words that its language's small words make up at least; they are a quarter of prose."""
LEAD = 2.0
"""How many times more of them there are than of the next language's."""

_SMALL_WORDS = {
    "cs": "a se na že je s v do pro jako by jsou jeho který",
    "da": "og at en det er til på som med der ikke af har",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine",
    "en": "the of and to in a is that for it as was with be by on not",
    "es": "de la que el en y los se del las un por con una para es al lo",
    "fi": "ja on ei että se oli joka myös kun ovat mutta",
    "fr": "de la le et les des en un du une que est pour qui dans au sur par",
    "it": "di e il la che in un del per è una sono con non si della nel",
    "nl": "de van het een en in is dat op te zijn met voor niet aan",
    "pl": "w i na z się do nie że to jest o jak po co przez",
    "pt": "de a o que e do da em um para com não uma os no se na por",
    "sv": "och i att det som en på är av för med till den inte",
}
_LANGUAGES = {
    word: [language for language, words in _SMALL_WORDS.items() if word in words.split()]
    for word in " ".join(_SMALL_WORDS.values()).split()
}
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """The code of a European language (ISO 639-1); None where none is plain."""
    words = _WORD.findall(text.casefold())
    counts: dict[str, float] = defaultdict(float)
    for languages in filter(None, map(_LANGUAGES.get, words)):
        for language in languages:
            counts[language] += 1 / len(languages)
    found = [*counts.items(), ("", 0.0), ("", 0.0)]
    (best, most), (_, next_most) = nlargest(2, found, key=lambda entry: entry[1])
    is_plain = most >= max(FEWEST_WORDS, LEAST_SHARE * len(words)) and most >= LEAD * next_most
    return best if is_plain else None
