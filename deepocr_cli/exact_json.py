"""Nouns to plain JSON values and back, exactly: what comes out equals what went in, every float to its last bit.

Where `serialize` tells a reader what matters, rounded, this loses nothing: it is for what the program reads again.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Noun = TypeVar("Noun")

_CLASS = "class"


def to_plain(value: Any) -> Any:
    """A noun of dataclasses, enums, tuples, strings, numbers and None as what the json module writes."""
    if is_dataclass(value):
        members = {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
        return {_CLASS: type(value).__name__, **members}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(member) for member in value]
    assert value is None or isinstance(value, str | int | float), f"no JSON for {type(value).__name__}"
    return value


def from_plain(wanted: type[Noun], plain: Any) -> Noun:
    """The noun of class `wanted` that `to_plain` made `plain` of.

    Raises:
        ValueError, TypeError, KeyError: it was made of something else.
    """
    noun: Noun = _restore(wanted, plain)
    return noun


def _restore(hint: Any, plain: Any) -> Any:
    if isinstance(hint, UnionType):
        hint = _member_of_union(hint, plain)
    if get_origin(hint) is tuple:
        return _restore_tuple(get_args(hint), plain)
    if is_dataclass(hint):
        return _restore_dataclass(hint, plain)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(plain)
    if hint is NoneType and plain is None:
        return None
    if type(plain) is not hint and not (hint is float and type(plain) is int):
        raise TypeError(f"{hint} expected, {type(plain).__name__} found")
    return plain


def _member_of_union(hint: UnionType, plain: Any) -> Any:
    """The member of a union that a value belongs to: told by its class where several are dataclasses."""
    if plain is None:
        return NoneType
    members = [member for member in get_args(hint) if member is not NoneType]
    if isinstance(plain, dict):
        return next(member for member in members if member.__name__ == plain[_CLASS])
    return members[0]


def _restore_tuple(hints: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise TypeError(f"a list expected, {type(plain).__name__} found")
    if hints[-1] is Ellipsis:
        return tuple(_restore(hints[0], member) for member in plain)
    return tuple(_restore(hint, member) for hint, member in zip(hints, plain, strict=True))


def _restore_dataclass(wanted: Any, plain: Any) -> Any:
    hints = _hints(wanted)
    if not isinstance(plain, dict) or plain.keys() != {_CLASS, *hints} or plain[_CLASS] != wanted.__name__:
        raise ValueError(f"not a {wanted.__name__}")
    return wanted(**{name: _restore(hint, plain[name]) for name, hint in hints.items()})


@lru_cache(maxsize=64)
def _hints(wanted: Any) -> dict[str, Any]:
    return get_type_hints(wanted)
