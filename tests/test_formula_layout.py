"""Formulas from the places of their glyphs: whatever is drawn is read back, and nothing is lost or made up."""

import re
from collections import Counter
from contextlib import suppress

import pytest
from drawn_formulas import SIZE, SMALLER, Drawn, fraction, letter, root, row, scripts
from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.latex import find_fault
from deepocr_cli.layout.math.atoms import Glyph, Rule, UnreadableFormula
from deepocr_cli.layout.math.displays import read_displays, read_running
from deepocr_cli.layout.math.fonts import Alphabet, alphabet_of
from deepocr_cli.layout.math.line_breaks import joined_formula
from deepocr_cli.layout.math.spotting import find_formulas
from deepocr_cli.layout.runs import Look, Run, join_runs, write_runs

LETTERS = "acemnorsuvwxz"


def drawn(depth: int, size: float = SIZE) -> st.SearchStrategy[Drawn]:
    """Formulas of so many levels, in letters of `size`."""
    letters = st.sampled_from(LETTERS).map(lambda text: letter(text, size))
    if depth == 0:
        return letters
    small = drawn(depth - 1, SMALLER * size)
    return st.lists(
        st.one_of(
            letters,
            st.builds(scripts, letters, small, st.none(), st.just(size)),
            st.builds(scripts, letters, st.none(), small, st.just(size)),
            st.builds(scripts, letters, small, small, st.just(size)),
            st.builds(root, drawn(depth - 1, size), st.just(size)),
            st.builds(fraction, small, small, st.just(size)),
        ),
        min_size=1,
        max_size=3,
    ).map(row)


@settings(deadline=None, max_examples=60)
@given(drawn(2))
def test_a_formula_that_is_drawn_is_read_back(formula: Drawn) -> None:
    # A letter in front tells how large the line is, which a fraction alone does not.
    formula = row([letter("n"), formula])

    assert read_running(formula.glyphs, formula.rules).replace(" ", "") == formula.latex


GLYPHS = st.builds(
    lambda text, font, size, left, down: Glyph(
        text, font, size, left, down - 0.5 * size, left + 0.5 * size, down, down
    ),
    st.sampled_from("abcxyz1+=()\u2211\u221a\u222b\u2208"),
    st.sampled_from(["CMMI10", "CMR10", "CMSY10", "STIXTwoMath"]),
    st.sampled_from([10.0, 7.0, 5.0]),
    st.floats(0, 80),
    st.floats(0, 40),
)


@settings(deadline=None)
@given(st.lists(GLYPHS, min_size=1, max_size=12))
def test_no_letter_is_lost_or_doubled_wherever_glyphs_stand(glyphs: list[Glyph]) -> None:
    try:
        latex = " ".join(display.latex for display in read_displays(glyphs, []))
    except UnreadableFormula:
        return

    assert find_fault(latex) is None
    written = Counter(re.sub(r"\\[A-Za-z]+", " ", re.sub(r"\{(aligned|gathered|cases|.?matrix)\}", "", latex)))
    assert all(written[text] == count for text, count in Counter(g.text for g in glyphs if g.text in "abcxyz1").items())


TALL = st.builds(
    lambda text, left, top, height: Glyph(text, "CMEX10", 10.0, left, top, left + 6, top + height, top),
    st.sampled_from("\x12\x13\x1a|Pzp\uf8f1\uf8f3b"),
    st.floats(0, 80),
    st.floats(-10, 30),
    st.floats(5, 40),
)
RULES = st.builds(
    lambda left, width, y: Rule(left, left + width, y), st.floats(0, 80), st.floats(2, 40), st.floats(-20, 60)
)


@settings(deadline=None, max_examples=300)
@given(st.lists(GLYPHS | TALL, min_size=1, max_size=9), st.lists(RULES, max_size=3))
def test_what_has_no_structure_is_unreadable_and_nothing_else(glyphs: list[Glyph], rules: list[Rule]) -> None:
    for read in (read_displays, read_running):
        with suppress(UnreadableFormula):
            read(glyphs, rules)


@pytest.mark.parametrize("tall", [(), ("\x12", "\x13")])
def test_a_rule_in_a_row_of_its_own_belongs_to_no_formula(tall: tuple[str, ...]) -> None:
    rows = [*letter("x").glyphs, *letter("y").moved(0, 30).glyphs]
    brackets = [Glyph(text, "CMEX10", 10.0, 40 * n - 20, -8, 40 * n - 14, 33, -8) for n, text in enumerate(tall)]

    with pytest.raises(UnreadableFormula):
        read_displays([*rows, *brackets], [Rule(0, 5, 13)])


def test_the_word_line_is_a_word_in_several_rows() -> None:
    word = row([letter(text, font="CMR10", height=0.68) for text in "LINE"])

    (display,) = read_displays([*word.glyphs, *word.moved(0, 14).glyphs], [])

    assert display.latex.count("LINE") == 2


@pytest.mark.parametrize(
    ("font", "alphabet"),
    [
        ("ABCDEF+CMMI10", Alphabet.ITALIC),
        ("LMMathItalic10-Regular", Alphabet.ITALIC),
        ("CMSY7", Alphabet.SYMBOL),
        ("CMEX10", Alphabet.EXTENSION),
        ("MSBM10", Alphabet.BLACKBOARD),
        ("CambriaMath", Alphabet.UNICODE),
        ("Times-Italic", Alphabet.TEXT_ITALIC),
        ("CMTT10", Alphabet.TYPEWRITER),
        ("Helvetica-Bold", Alphabet.SANS),
        ("CMR10", Alphabet.ROMAN),
        ("MinionPro-Regular", Alphabet.ROMAN),
    ],
)
def test_fonts_are_told_by_their_names(font: str, alphabet: Alphabet) -> None:
    assert alphabet_of(font) is alphabet


def sentence(text: str, fonts: str) -> list[Glyph]:
    """The letters of a line; `fonts` has m for one of a font for formulas, and t for text."""
    names = {"m": "CMMI10", "t": "CMR10", "s": "CMSY10"}
    return [
        Glyph(char, names[font], 10.0, 5.0 * place, 3.0, 5.0 * place + 5, 10.0, 10.0)
        for place, (char, font) in enumerate(zip(text, fonts, strict=True))
        if char != " "
    ]


@pytest.mark.parametrize(
    ("text", "fonts", "formulas"),
    [
        ("let x be", "ttttmttt", ["x"]),
        ("f(x)=2 is", "mtmtttttt", ["f(x)=2"]),
        ("(see x) and", "tttttmttttt", ["x"]),
        ("for x, y.", "ttttmmtmt", ["x", "y"]),
        ("we have 12 of 3", "ttttttttttttttt", []),
        ("* note", "sttttt", []),
        ("in 3\u00d74 cells", "ttttsttttttt", ["3\u00d74"]),
    ],
)
def test_formulas_are_told_from_prose(text: str, fonts: str, formulas: list[str]) -> None:
    glyphs = sentence(text, fonts)

    found = find_formulas(glyphs, 10.0, 10.0, is_slanted=False)

    assert ["".join(glyph.text for glyph in glyphs[start:end]) for start, end in found] == formulas


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        (r"\(a =\)", r"\(b\)", r"\(a = b\)"),
        (r"\(f \to\)", r"\(g\)", r"\(f \to g\)"),
        (r"\(a\)", r"\(b\)", None),
        (r"\(\alpha\)", r"\(b\)", None),
        (r"\[a =\]", r"\(b\)", None),
    ],
)
def test_a_formula_that_a_line_break_cut_is_made_whole(before: str, after: str, whole: str | None) -> None:
    assert joined_formula(before, after) == whole
    lines = [[Run(before, Look.FORMULA)], [Run(after, Look.FORMULA), Run(" is so")]]
    assert write_runs(join_runs(lines)) == (f"{whole} is so" if whole else f"{before} {after} is so")


def test_what_would_be_markup_in_prose_is_left_alone_in_formulas() -> None:
    runs = [Run("So *"), Run(r"\(a_*b_* \mid [c](d)\)", Look.FORMULA), Run(" holds*")]

    assert r"\(a_*b_* \mid [c](d)\)" in write_runs(runs)


def test_a_raised_number_behind_a_word_is_the_mark_of_a_note() -> None:
    glyphs = sentence("true", "tttt")
    mark = Glyph("1", "CMR7", 7.0, 20.0, 2.0, 23.0, 6.0, 6.0)

    assert find_formulas([*glyphs, mark], 10.0, 10.0, is_slanted=False) == []
