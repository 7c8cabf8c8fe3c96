"""Money as this package gives it: exact, and at ease beside floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Self, TypeAlias

_Number: TypeAlias = Decimal | int | float

__all__ = ["Usd"]


class Usd(Decimal):
    """An amount of US dollars: a `decimal.Decimal` that may be calculated with floats.

    `+`, `-`, `*`, `/`, `//` and `%` take a float as the decimal that it prints as, so 0.1 is ten cents, and give a
    `Usd`. All else is `Decimal`'s own: comparison, hash, formatting, the precision of the current context.

    Args:
        value: The amount. A float counts as the decimal that it prints as.

    Examples:
        >>> import aion
        >>> aion.Usd("0.10") + 0.2
        Usd('0.30')
        >>> abs(aion.Usd(0.1) - 0.3) < 0.25
        True
        >>> f"{aion.Usd('1.5'):.2f}"
        '1.50'
    """

    __slots__ = ()
    __module__ = "aion"

    def __new__(cls, value: _Number | str = "0") -> Self:
        return super().__new__(cls, value if isinstance(value, str) else _exact(value))

    def __repr__(self) -> str:
        return f"Usd('{self}')"

    def __add__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__add__(self, _exact(other)))

    def __radd__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__radd__(self, _exact(other)))

    def __sub__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__sub__(self, _exact(other)))

    def __rsub__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__rsub__(self, _exact(other)))

    def __mul__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__mul__(self, _exact(other)))

    def __rmul__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__rmul__(self, _exact(other)))

    def __truediv__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__truediv__(self, _exact(other)))

    def __rtruediv__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__rtruediv__(self, _exact(other)))

    def __floordiv__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__floordiv__(self, _exact(other)))

    def __rfloordiv__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__rfloordiv__(self, _exact(other)))

    def __mod__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__mod__(self, _exact(other)))

    def __rmod__(self, other: _Number, /) -> Usd:
        return _usd(Decimal.__rmod__(self, _exact(other)))

    def __neg__(self) -> Usd:
        return _usd(Decimal.__neg__(self))

    def __pos__(self) -> Usd:
        return _usd(Decimal.__pos__(self))

    def __abs__(self) -> Usd:
        return _usd(Decimal.__abs__(self))


def _exact(value: _Number) -> Decimal | int:
    """A float, also one of NumPy's, as the decimal that it prints as; anything else as it is."""
    return Decimal(float.__repr__(value)) if isinstance(value, float) else value


def _usd(value: Decimal) -> Usd:
    """The result of an operation; `NotImplemented` is passed on, so that Python asks the other operand."""
    return Usd(value) if isinstance(value, Decimal) else value
