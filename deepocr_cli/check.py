"""A reading and what its witness found in, their `Fidelity` out: what of them can be compared, and whether it can."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.document import Block, Box, Fidelity, PageImage, Reader, text_of
from deepocr_cli.journey import Journey, Reading
from deepocr_cli.planning.estimate import is_blank
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.plain_words import is_legible_to_ocr, read_words

MOST_IN_PICTURES = 0.5
"""The most of a witness's text that the reading may leave to its pictures: a page is more than a picture of itself."""
LEAST_LEGIBLE = 0.5
"""The least share of a reading's words that light OCR must know the letters of, to have a say."""


def check(reading: Sequence[Block], testimony: Sequence[Block], witness: Reader) -> Fidelity | None:
    """The fidelity of a reading; None where the witness cannot read the script that it is in.

    What the witness found within the reading's pictures is not scored: the labels of a chart are in its picture.
    """
    text = text_of(reading)
    words = read_words(text).words
    if witness is Reader.OCR and sum(map(is_legible_to_ocr, words)) < LEAST_LEGIBLE * len(words):
        return None
    pictures = [block.box for block in reading if block.is_picture and block.box is not None]
    outside = [block for block in testimony if not _lies_in(block.box, pictures)]
    share = len(text_of(outside)) / max(1, len(text_of(testimony)))
    if share < 1 - MOST_IN_PICTURES:
        return measure(text, text_of(testimony), witness)
    fidelity = measure(text, text_of(outside), witness)
    return replace(fidelity, scored=fidelity.scored * (1 + share) / 2) if share < 1 else fidelity


def check_layer(journey: Journey) -> Fidelity | None:
    """The text layer's own reading against the words that the page carries; None of light OCR, which has no second."""
    layer, testimony = journey.paper.text_layer, journey.testimony
    if layer is None or testimony.reader is not Reader.TEXT_LAYER:
        return None
    return measure(testimony.text, layer.visible_text, Reader.TEXT_LAYER)


def compared_text(journey: Journey, own: Reading | None, witnessed: Fidelity | None) -> str | None:
    """What the fidelity of a page was measured by; None where it was not. `own` is the model's reading that stands."""
    if own is not None:
        return own.witness_text or (None if own.attempt.fidelity is None else journey.testimony.text)
    layer = journey.paper.text_layer
    return None if witnessed is None or layer is None else layer.visible_text


def has_nothing_on_it(paper: PageImage) -> bool:
    """Whether a page has no visible word and no ink."""
    return (paper.text_layer is None or not paper.text_layer.has_visible_text) and is_blank(paper.image)


def _lies_in(box: Box | None, pictures: Sequence[Box]) -> bool:
    if box is None:
        return False
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return any(
        picture.left <= across <= picture.right and picture.top <= down <= picture.bottom for picture in pictures
    )
