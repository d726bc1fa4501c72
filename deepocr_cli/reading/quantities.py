"""A number as people write it in, its value and its unit out: percent, thousands, currencies, missing values."""

import re

from deepocr_cli.structures import Quantity

_MISSING = frozenset(
    {"", "-", "--", "–", "—", "−", "n/a", "na", "nan", "n.a.", "null", "none", "?", "...", "…", "*", "nd"}
)
_CURRENCY = r"(?:[$€£¥₹₩₽]|USD|EUR|GBP|JPY|CNY|CHF|INR|RMB)"
_NUMBER = re.compile(
    rf"""
    (?P<open>\()?\s*
    (?P<before>{_CURRENCY})?\s*
    (?P<sign>[-+−–±~≈<>≤≥]?)\s*
    (?P<late>{_CURRENCY})?\s*
    (?P<digits>\d[\d,.'’\u00a0\u202f\u2009 ]*|\.\d+)
    (?P<exponent>[eE][-+−]?\d{{1,3}})?
    \s*(?P<unit>[^\d\s()+\-−–.,:/][^()\d]{{0,15}}[²³23]?)?\s*
    (?P<close>\))?
    """,
    re.VERBOSE,
)
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
    "tn": 1e12,
}
_UNIT_OF_NAME = re.compile(r"[(\[](?P<bracketed>[^()\[\]]{1,20})[)\]]\s*\Z|,\s*in\s+(?P<spoken>.{1,20})\Z")
_SPACES = re.compile(r"[\s'’\u00a0\u202f\u2009]")


def read_quantity(text: str) -> Quantity:
    """The number that a cell states; its value is None where the cell is blank, a dash, or no single number.

    `$1.2 bn` is 1.2e9 of `$`; `(3.4)` is -3.4 as in accounts; a comma that parts three digits is a separator of
    thousands, any other the decimal sign.
    """
    written = " ".join(text.split())
    if written.lower() in _MISSING:
        return Quantity(written)
    match = _NUMBER.fullmatch(written)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return Quantity(written)
    value = _value_of(match["digits"].strip(), match["exponent"])
    if value is None:
        return Quantity(written)
    if match["open"] or match["sign"] in ("-", "−", "–"):
        value = -value
    return _with_unit(written, value, match["before"] or match["late"], (match["unit"] or "").strip())


def unit_of_name(name: str) -> str | None:
    """The unit that the name of a series or an axis states: "Length (km)", "Sales, in million"; None without one."""
    match = _UNIT_OF_NAME.search(name)
    return None if match is None else (match["bracketed"] or match["spoken"]).strip()


def _with_unit(written: str, value: float, currency: str | None, unit: str) -> Quantity:
    if currency is None:
        return Quantity(written, value, unit or None)
    scale = _SCALES.get(unit.lower())
    if scale is None:
        return Quantity(written, value, f"{currency}{unit}" if unit else currency)
    return Quantity(written, value * scale, currency)


def _value_of(digits: str, exponent: str | None) -> float | None:
    digits = _SPACES.sub("", digits)
    plain = _without_thousands(digits)
    try:
        return float(plain + (exponent or "").replace("−", "-"))
    except ValueError:
        return None


def _without_thousands(digits: str) -> str:
    """The digits with a point for the decimal sign."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        decimal = "," if comma > point else "."
        return digits.replace("." if decimal == "," else ",", "").replace(",", ".")
    if comma >= 0:
        is_thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}", digits) is not None
        return digits.replace(",", "" if is_thousands else ".")
    return digits.replace(".", "") if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}", digits) else digits
