"""Formulas in plain text: as a person types them, or as LaTeX, and never as something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.writers.plain_formula import plain_formula


@pytest.mark.parametrize(
    ("latex", "typed"),
    [
        (r"x^2 + y^2 \le \frac{a}{b}", "x² + y² ≤ a/b"),
        (r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}", "x = (−b ± √(b² − 4ac))/(2a)"),
        (r"a_{ij}^{n+1}", "aᵢⱼⁿ⁺¹"),
        (r"\mathbb{R}^n \to \mathcal{O}(n)", "ℝⁿ → O(n)"),
        (r"O(n \log_2 n)", "O(n log₂ n)"),
        (r"A \cos(\omega t)", "A cos(ωt)"),
        (r"3 \times 10^{-5}\,\mathrm{km}", "3 × 10⁻⁵ km"),
        (r"x = -1, y", "x = −1, y"),
        (r"a \pmod{n} \tag{3}", "a (mod n) (3)"),
        (r"e^{i\pi} + 1 = 0", "e^(iπ) + 1 = 0"),
        (r"\sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}", "∑ₙ₌₁^∞ 1/n² = π²/6"),
        (r"\lim_{x \to 0} \frac{\sin x}{x}", "lim_(x → 0) (sin x)/x"),
        (r"a^\infty b_{i,j}", "a^∞ b_(i, j)"),
    ],
)
def test_what_fits_a_line_is_typed(latex: str, typed: str) -> None:
    assert plain_formula(latex) == typed


@pytest.mark.parametrize(
    ("latex", "typed"),
    [
        (r"\frac{a}{b}c", "(a/b)c"),
        (r"\frac{1}{2a}", "1/(2a)"),
        (r"\frac{a}{n!}(x - b)^n", "(a/(n!))(x − b)ⁿ"),
        (r"\frac{a}{b} + c", "a/b + c"),
        (r"{ab}^2", "(ab)²"),
        (r"{x^2}^3", "(x²)³"),
        (r"\sqrt{2}x", "√2 x"),
        (r"\sqrt{a}^2", "(√a)²"),
    ],
)
def test_a_line_says_what_belongs_together(latex: str, typed: str) -> None:
    assert plain_formula(latex) == typed


@pytest.mark.parametrize(
    "latex",
    [
        r"\hat{x}", r"\binom{n}{k}", r"\begin{matrix} a & b \end{matrix}", r"\sqrt[3]{x}", r"x \not= y",
        r"\overset{!}{=}", r"\frac{a}{b",
    ],
)  # fmt: skip
def test_what_does_not_fit_a_line_stays_latex(latex: str) -> None:
    assert plain_formula(latex) == latex


@given(
    st.lists(
        st.sampled_from([r"\frac{a}", "{b}", "^", "_", "{n+1}", r"\sqrt", "k", "2", r"\alpha", r"\text{if}", "(", "="]),
        max_size=9,
    )
)
def test_no_letter_is_lost(pieces: list[str]) -> None:
    latex = " ".join(pieces)
    typed = plain_formula(latex)
    if typed == latex:
        return
    for command, signs in (
        ("k", "kᵏₖ"),
        (r"\alpha", "α"),
        (r"\sqrt", "√"),
        ("=", "=⁼₌"),
        (r"\frac", "/"),
        ("2", "2²₂"),
    ):
        assert sum(map(typed.count, signs)) == latex.count(command)
