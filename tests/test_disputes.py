"""What a witness disputes of a reading: words, wherever they stand; nothing of the reading is lost by marking them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.reporting.disputes import Piece, Verdict, find_disputes


def marked(reading: str, witness: str | None) -> str:
    marks = {Verdict.AGREED: "{}", Verdict.INVENTED: "+{}+", Verdict.MISSING: "-{}-"}
    return "".join(marks[piece.verdict].format(piece.text) for piece in find_disputes(reading, witness))


@pytest.mark.parametrize(
    ("reading", "witness", "expected"),
    [
        ("The moon pulls the sea.", "the MOON pulls the ſea", "The moon pulls the sea."),
        ("The moon pulls the sea.", "The moon pulls.", "The moon pulls +the sea+."),
        ("The moon pulls.", "The moon gently pulls.", "The moon -gently-pulls."),
        ("one two", "two one", "one two"),
        ("a har-\nbour wall", "a harbour wall", "a har-\nbour wall"),
        ("5 boats", "6 boats", "-6-+5+ boats"),
        ("sea sea sea", "sea", "sea +sea sea+"),
        ("<table><tr><td>Port</td><td>3.1</td></tr></table>", "Port 3.1", "Port\t3.1\n"),
        ("no witness", None, "no witness"),
        ("", "all of it", "-all of it-"),
    ],
)
def test_words_are_disputed_wherever_they_stand(reading: str, witness: str | None, expected: str) -> None:
    found = marked(reading, witness)
    assert found == expected or sorted(found.split()) == sorted(expected.split())


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_of_a_reading_is_lost_by_comparing(reading: str, witness: str) -> None:
    pieces = find_disputes(reading, witness)
    kept = "".join(piece.text for piece in pieces if piece.verdict is not Verdict.MISSING)
    assert kept == find_disputes(reading, None)[0].text


@given(st.lists(st.sampled_from(["moon", "sea", "5", "wall"]), max_size=30).map(" ".join))
def test_a_text_does_not_dispute_itself_or_its_words_in_another_order(text: str) -> None:
    backwards = " ".join(reversed(text.split()))
    assert all(
        piece.verdict is Verdict.AGREED for piece in (*find_disputes(text, text), *find_disputes(text, backwards))
    )


def test_a_stretch_that_was_left_out_is_told_in_one_piece() -> None:
    left_out = "and the pilots of the port know them all by heart"
    pieces = find_disputes("Currents follow the coast.", f"Currents follow the coast {left_out}.")
    assert Piece(left_out, Verdict.MISSING) in pieces
