"""A seed becomes paragraphs of English that nobody has been trained on: pages to measure with, free to ship.

Sentences are put together from patterns and lists of words, so that there are as many as are asked for, with capitals,
digits and the usual punctuation. They mean little; a network that guesses instead of reading is found out by it.
"""

import random
import re
from collections.abc import Iterator, Mapping

SENTENCES_OF_A_PARAGRAPH = (3, 7)


def write_paragraphs(seed: int) -> Iterator[str]:
    """Paragraphs without end, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        yield " ".join(_sentence(chance) for _ in range(chance.randint(*SENTENCES_OF_A_PARAGRAPH)))


def _sentence(chance: random.Random) -> str:
    # Shuffled stacks of words: no sentence has one of them twice.
    stacks = {slot: _shuffled(words, chance) for slot, words in _WORDS.items()}
    text = re.sub(r"{(\w+)}", lambda found: _fill(found[1], stacks, chance), chance.choice(_PATTERNS))
    # The article is chosen by the letter that follows, as a reader would expect it.
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
    return text[0].upper() + text[1:]


def _fill(slot: str, stacks: Mapping[str, list[str]], chance: random.Random) -> str:
    if slot == "number":
        return f"{chance.randint(2, 10 ** chance.randint(1, 4)):,}"
    if slot == "decimal":
        return f"{chance.randint(1, 999) / 10:.1f}"
    if slot == "year":
        return str(chance.randint(1702, 2024))
    if slot == "day":
        return str(chance.randint(1, 28))
    return stacks[slot].pop()


def _shuffled(listed: str, chance: random.Random) -> list[str]:
    words = listed.split("|") if "|" in listed else listed.split()
    return chance.sample(words, len(words))


_PATTERNS = (
    "The {noun} of the {adjective} {noun} was {done} by {name} in {month} {year}.",
    "{name} {did} the {noun} and {did} a {adjective} {noun} {where}.",
    "{when}, the {noun} stood {where}, {adjective} and {adjective}.",
    "About {number} of the {things} were {done} before {name} {did} the {noun}.",
    "It is {adverb} said that the {things} of {place} are {adjective}, but the {noun} is not.",
    '"No {noun} is {adjective} {where}," {name} said; "we {did} it on {day} {month}."',
    "In {year} the price of a {noun} rose by {decimal} per cent, to {number} marks ({number} in {place}).",
    "If the {noun} is {adjective}, the {things} must be {done} {adverb}; otherwise they are {done} {where}.",
    "Every {adjective} {noun} has {number} {things}, each of them {adverb} {done}.",
    "{name}'s {noun} weighed {decimal} kg, more than the {things} from {place}.",
    "{when} {name} {did} a {noun}; {when} nobody {did} the {things}.",
    "The {things} were {adjective}, {adjective} and {adverb} {done}: a {noun} for {place}.",
    "From {place} to {place} it is {number} miles, or {decimal} hours with a {adjective} {noun}.",
    "What {name} called a {noun} - see page {number} - was {adverb} a {adjective} {noun}.",
    "Why should the {noun} be {done} {where}? Because {name} {adverb} {did} it in {year}.",
    "A {noun} without {things} is like {place} without a {noun}.",
    "They {did} {number} {things}, {did} the {adjective} {noun}, and left on {month} {day}, {year}.",
    "Of all the {things} in {place}, only the {adjective} ones are {done} {when}.",
)

_WORDS: Mapping[str, str] = {
    "noun": (
        "lantern bridge harbour orchard compass ledger kitchen violin glacier window quarry market engine garden "
        "letter valley staircase museum bottle journey kettle machine puzzle ribbon saddle theatre umbrella workshop "
        "blanket chimney ferry hedge island jacket library meadow needle oven pillar question river shadow tower"
    ),
    "things": (
        "barrels candles drawings foxes gloves hammers invoices jugs keys lemons mirrors nails onions parcels quilts "
        "ropes stamps tickets urns vases walnuts axles bricks coins doors eggs feathers goats hinges maps"
    ),
    "adjective": (
        "amber brittle curious damp empty faithful gentle heavy idle jagged knotted lofty mild narrow oblique patient "
        "quiet rusty sturdy tangled uneven vivid weary young ancient blunt crooked distant early frozen hollow"
    ),
    "did": (
        "carried mended measured painted sold counted opened borrowed described repaired weighed copied hid found "
        "lifted polished returned sketched traded wrapped cleaned examined"
    ),
    "done": (
        "built kept moved washed numbered joined lost printed shown tested stored packed cut dried folded signed "
        "stitched varnished labelled buried replaced"
    ),
    "adverb": "rarely usually quickly badly often quietly never slowly exactly nearly gladly hardly twice",
    "where": (
        "behind the mill|under the old roof|near the quay|at the edge of the square|beyond the second gate|"
        "between two walls|in the upper room|beside the well|on the north side|along the railway"
    ),
    "when": (
        "in the evening|after the storm|before dawn|during the fair|every other Friday|late in autumn|at noon|"
        "once a week|on a cold morning|since the flood"
    ),
    "name": (
        "Ada Brandt|Mr. Whitlock|Ines Okafor|Dr. Vestergaard|Jonas|Miss Quill|Tamsin Rowe|Professor Zhou|Emil|"
        "Captain Harker|Yvonne|the Fenwick sisters|Oskar Lindqvist|Mrs. Pemberton"
    ),
    "place": "Ravensholm Dunmore Kestrel-Bay Zuidhaven Port-Isaac Wexcombe Jorvik Quillan Umbria Fallow",
    "month": "January February March April May June July August September October November December",
}
"""What stands in each slot: words with spaces between, or phrases with bars."""
