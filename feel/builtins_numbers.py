"""Numeric functions of the standard's library."""

from __future__ import annotations

import datetime as dt
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
)

from feel.errors import FeelFaultError
from feel.functions import builtin
from feel.values import NUMBERS, YearsMonthsDuration

_WIDE = Context(prec=12_400, Emin=-9_999, Emax=9_999, traps=[InvalidOperation])


def _rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal:
    places = int(scale)
    if not -6111 <= places <= 6176:
        raise FeelFaultError(f"{scale} is not a scale")
    if number.as_tuple().exponent >= -places:  # type: ignore[operator]
        return number
    return NUMBERS.plus(number.quantize(Decimal((0, (1,), -places)), rounding=rounding, context=_WIDE))


@builtin("decimal(n: number, scale: number)")
def decimal(number: Decimal, scale: Decimal) -> Decimal:
    """Round half even to a number of decimals."""
    return _rounded(number, scale, ROUND_HALF_EVEN)


@builtin("floor(n: number, scale?: number)")
def floor(number: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    """Round down."""
    return _rounded(number, scale, ROUND_FLOOR)


@builtin("ceiling(n: number, scale?: number)")
def ceiling(number: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    """Round up."""
    return _rounded(number, scale, ROUND_CEILING)


@builtin("round up(n: number, scale: number)")
def round_up(number: Decimal, scale: Decimal) -> Decimal:
    """Round away from zero."""
    return _rounded(number, scale, ROUND_UP)


@builtin("round down(n: number, scale: number)")
def round_down(number: Decimal, scale: Decimal) -> Decimal:
    """Round towards zero."""
    return _rounded(number, scale, ROUND_DOWN)


@builtin("round half up(n: number, scale: number)")
def round_half_up(number: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves away from zero."""
    return _rounded(number, scale, ROUND_HALF_UP)


@builtin("round half down(n: number, scale: number)")
def round_half_down(number: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves towards zero."""
    return _rounded(number, scale, ROUND_HALF_DOWN)


@builtin("abs(n: number)")
def absolute(number: Decimal) -> Decimal:
    """Drop the sign of a number."""
    return NUMBERS.abs(number)


@builtin("abs(n: span)")
def absolute_span(span: dt.timedelta | YearsMonthsDuration) -> dt.timedelta | YearsMonthsDuration:
    """Drop the sign of a duration."""
    if isinstance(span, YearsMonthsDuration):
        return YearsMonthsDuration(abs(span.months_total))
    return abs(span)


@builtin("modulo(dividend: number, divisor: number)")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return the remainder that has the sign of the divisor."""
    try:
        rest = NUMBERS.remainder(dividend, divisor)
    except ArithmeticError as error:
        raise FeelFaultError(f"{dividend} modulo {divisor} has no value") from error
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt(number: number)")
def square_root(number: Decimal) -> Decimal:
    """Return the square root of a number that is not negative."""
    if number < 0:
        raise FeelFaultError(f"{number} has no square root")
    return NUMBERS.sqrt(number)


@builtin("log(number: number)")
def logarithm(number: Decimal) -> Decimal:
    """Return the natural logarithm of a positive number."""
    if number <= 0:
        raise FeelFaultError(f"{number} has no logarithm")
    return NUMBERS.ln(number)


@builtin("exp(number: number)")
def exponential(number: Decimal) -> Decimal:
    """Return e to the power of a number."""
    try:
        return NUMBERS.exp(number)
    except ArithmeticError as error:
        raise FeelFaultError(f"{number} is too large") from error


@builtin("even(number: number)")
def even(number: Decimal) -> bool:
    """Tell whether a number is even."""
    return modulo(number, Decimal(2)) == 0


@builtin("odd(number: number)")
def odd(number: Decimal) -> bool:
    """Tell whether a number is odd."""
    return modulo(number, Decimal(2)) == 1
