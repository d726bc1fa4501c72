"""Answers to "Parse the figure." become charts, molecules, drawings and formulas, or stay a description."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.document import Block, Box, Document, Ending, Page, Reader, Table
from deepocr_cli.reading.figure_answers import understand_figure
from deepocr_cli.reading.geometry import parse_geometry
from deepocr_cli.reading.molecules import find_smiles_fault
from deepocr_cli.reading.quantities import read_quantity, unit_of_name
from deepocr_cli.structures import Chart, Circle, Formula, Geometry, Molecule, Point, Segment
from deepocr_cli.writers.csv_files import table_files

PICTURE = Block("image", "", Box(0.1, 0.2, 0.5, 0.6))

CHART = """<table><tr><td>Port</td><td>Ships</td><td>Growth (%)</td></tr>\
<tr><td>North</td><td>1,204</td><td>3.5%</td></tr>\
<tr><td>South</td><td>-</td><td>−1.2%</td></tr></table>"""


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12", 12, None),
        ("1,234", 1234, None),
        ("1,234,567.89", 1234567.89, None),
        ("1.234.567", 1234567, None),
        ("1.234,5", 1234.5, None),
        ("3,5", 3.5, None),
        ("0,125", 0.125, None),
        ("1 234", 1234, None),
        ("1'234", 1234, None),
        ("12,34,567", 1234567, None),
        ("45%", 45, "%"),
        ("−3.2 %", -3.2, "%"),
        ("$1.2 bn", 1.2e9, "$"),
        ("€ 5", 5, "€"),
        ("-$4", -4, "$"),
        ("USD 30", 30, "USD"),
        ("(3.4)", -3.4, None),
        ("12 km", 12, "km"),
        ("5 m", 5, "m"),
        ("1.5e-3", 0.0015, None),
        (".5", 0.5, None),
        ("~40", 40, None),
        ("–", None, None),
        ("n/a", None, None),
        ("", None, None),
        ("about ten", None, None),
        ("1-2", None, None),
        ("1.2.3", None, None),
        ("2024 (est.)", None, None),
    ],
)
def test_numbers_as_people_write_them(text: str, value: float | None, unit: str | None) -> None:
    quantity = read_quantity(text)
    assert quantity.value == (None if value is None else pytest.approx(value))
    assert quantity.unit == unit
    assert quantity.text == text


@pytest.mark.parametrize(
    ("name", "unit"), [("Length (km)", "km"), ("Sales, in million €", "million €"), ("Ships", None)]
)
def test_a_name_may_state_the_unit(name: str, unit: str | None) -> None:
    assert unit_of_name(name) == unit


def test_a_chart_becomes_numbers_with_a_place_for_what_is_missing() -> None:
    block = understand_figure(PICTURE, CHART)
    assert isinstance(block.data, Chart)
    assert block.data.categories == ("North", "South")
    assert [[value.value for value in series.values] for series in block.data.series] == [[1204, None], [3.5, -1.2]]
    assert block.data.series[1].unit == "%"
    (_, written), *_ = table_files(Document("a.pdf", (Page(1, (9, 9), (block,), Ending.COMPLETE, Reader.MODEL),)), "a")
    assert written.decode().split() == ["Port,Ships,Growth", "(%)", "North,1204,3.5", "South,-,-1.2"]
    assert (block.kind, block.box) == (PICTURE.kind, PICTURE.box)


def test_a_table_of_words_is_no_chart() -> None:
    block = understand_figure(PICTURE, "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>")
    assert isinstance(block.data, Table)


@pytest.mark.parametrize(
    "smiles", ["CCO", "c1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "[Na+].[Cl-]", "C/C=C\\C", "N[C@@H](C)C(=O)O"]
)
def test_molecules_are_known_and_sound(smiles: str) -> None:
    block = understand_figure(PICTURE, smiles)
    assert isinstance(block.data, Molecule)
    assert block.data.smiles == smiles
    assert find_smiles_fault(smiles) is None
    assert block.data.is_valid


@pytest.mark.parametrize("smiles", ["C1CC", "CC(", "CC)", "C[Xx", "[C", "=C=", "CC=", "C(C"])
def test_broken_molecules_are_told(smiles: str) -> None:
    assert find_smiles_fault(smiles) is not None


@pytest.mark.parametrize("text", ["A photograph of a harbour.", "Ships", "Two boats, moored", ""])
def test_other_answers_are_descriptions(text: str) -> None:
    block = understand_figure(PICTURE, text)
    assert (block.text, block.data) == (text, None)


GEOMETRY = (
    "{'Line': {'line': ['A(-1, 2) -- B(3, 4.5)', 'B -- C'], 'line_type': ['--', '-.'], "
    "'line_endpoint': ['A: (-1, 2)', 'B: (3, 4.5)', 'C: (0, 0)']}, "
    "'Circle': {'circle_center': ['(0, 0)'], 'radius': [1.5]}}"
)


def test_a_drawing_is_read_as_a_literal() -> None:
    a, b, c = Point(-1, 2, "A"), Point(3, 4.5, "B"), Point(0, 0, "C")
    block = understand_figure(PICTURE, GEOMETRY)
    assert block.data == Geometry((a, b, c), (Segment(a, b, "--"), Segment(b, c, "-.")), (Circle(Point(0, 0), 1.5),))


@pytest.mark.parametrize("text", ["{'Line': __import__('os').system('id')}", "{" * 9999, "{'Line': 5}", "{}", "{1: 2"])
def test_what_is_no_literal_is_no_drawing(text: str) -> None:
    assert parse_geometry(text) is None


def test_a_formula_is_a_formula() -> None:
    block = understand_figure(PICTURE, r"\[ E = mc^2 \]")
    assert isinstance(block.data, Formula)
    assert block.data.latex == "E = mc^2"


@given(st.text())
def test_any_answer_is_understood(answer: str) -> None:
    understand_figure(PICTURE, answer)


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_numbers_with_separators_of_thousands_come_back(value: float) -> None:
    assert read_quantity(f"{value:,.2f}").value == pytest.approx(value)
