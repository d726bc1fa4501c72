"""What the model answered to "Parse the figure." in, the picture's block with typed data, or a description, out."""

from dataclasses import replace

from deepocr_cli.document import Block, Box, Table
from deepocr_cli.latex import read_formula
from deepocr_cli.math_spans import MathSpan, split_math
from deepocr_cli.reading.charts import chart_of_table
from deepocr_cli.reading.geometry import parse_geometry
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.reading.molecules import parse_molecule


def read_answer(answer: str) -> tuple[Block, ...]:
    """The one block of a page that is a single figure."""
    return (understand_figure(Block("figure", "", Box(0, 0, 1, 1)), answer),)


def understand_figure(picture: Block, answer: str) -> Block:
    """The picture's block with the answer as its text, and with the chart, molecule, drawing or formula that it states.

    An answer that states none of them is a description. Boxes in it are those of the crop, and left out.
    """
    geometry = parse_geometry(answer)
    if geometry is not None:
        return replace(picture, text=answer.strip(), data=geometry)
    blocks = parse_blocks(answer)
    text = "\n\n".join(block.text for block in blocks if block.text.strip())
    tables = [block.data for block in blocks if isinstance(block.data, Table)]
    if tables:
        return replace(picture, text=text, data=chart_of_table(tables[0]) or (tables[0] if len(blocks) == 1 else None))
    spans = [piece for piece in split_math(text) if isinstance(piece, MathSpan) or piece.strip()]
    if len(spans) == 1 and isinstance(spans[0], MathSpan):
        return replace(picture, text=text, data=read_formula(spans[0].latex, is_displayed=True))
    return replace(picture, text=text, data=parse_molecule(text))
