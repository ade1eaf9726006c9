"""FEEL types: `instance of`, and the coercions that DMN asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from feel.values import Range, kind_of, lift

BASIC = frozenset(
    {
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
_SYNONYMS = {
    "any": "Any",
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type: a basic name, a named type of a model, or list, context, function or range of others."""

    name: str
    parts: tuple[Kind, ...] = ()
    fields: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    result: Kind | None = None
    accepts: Callable[[object], bool] | None = field(default=None, hash=False, compare=False)


ANY = Kind("Any")
Kinds = Mapping[str, Kind]


def named(name: str) -> Kind:
    """Return the type of this name, old spellings included."""
    return Kind(_SYNONYMS.get(name, name))


def resolve(kind: Kind, kinds: Kinds) -> Kind | None:
    """Follow the names of a model to the type they stand for; None when there is no such type."""
    for _ in range(32):
        if kind.name in BASIC or kind.name in _SHAPES:
            return kind
        found = kinds.get(kind.name)
        if found is None:
            return None
        kind = found
    return None


def is_instance(value: object, kind: Kind, kinds: Kinds) -> bool | None:
    """Tell whether the value is of the type; None when the type is unknown. Null is an instance of Null alone."""
    known = resolve(kind, kinds)
    if known is None:
        return None
    value = lift(value)
    if value is None:
        return known.name == "Null"
    if known.name == "Any":
        return True
    if known.name in BASIC:
        return kind_of(value) == known.name
    return _SHAPES[known.name](value, known, kinds)


def conforms(value: object, kind: Kind, kinds: Kinds) -> bool:
    """Tell whether the value may stand where the type is asked for; null always may."""
    return value is None or is_instance(value, kind, kinds) is True


def _is_list(value: object, kind: Kind, kinds: Kinds) -> bool:
    if not isinstance(value, list | tuple):
        return False
    return not kind.parts or all(conforms(item, kind.parts[0], kinds) for item in value)


def _is_context(value: object, kind: Kind, kinds: Kinds) -> bool:
    if not isinstance(value, Mapping):
        return False
    return all(name in value and conforms(value[name], part, kinds) for name, part in kind.fields.items())


def _is_range(value: object, kind: Kind, kinds: Kinds) -> bool:
    if not isinstance(value, Range):
        return False
    return not kind.parts or all(conforms(end, kind.parts[0], kinds) for end in (value.low, value.high))


def _is_function(value: object, kind: Kind, kinds: Kinds) -> bool:
    if not callable(value):
        return False
    if kind.result is None:
        return True
    parameters = getattr(value, "parameter_kinds", None)
    if parameters is None:
        return True
    result = getattr(value, "result_kind", None) or ANY
    return (
        len(parameters) == len(kind.parts)
        and all(_covers(given, asked, kinds) for asked, given in zip(kind.parts, parameters, strict=True))
        and (result.name == "Any" or _covers(result, kind.result, kinds))
    )


def _covers(narrow: Kind, wide: Kind, kinds: Kinds) -> bool:
    """Tell whether every value of `narrow` is one of `wide`."""
    narrow_known, wide_known = resolve(narrow, kinds), resolve(wide, kinds)
    if narrow_known is None or wide_known is None:
        return False
    if wide_known.name == "Any" or narrow_known == wide_known:
        return True
    if narrow_known.name != wide_known.name or narrow_known.name in BASIC:
        return narrow_known.name == "Null" or (narrow_known.name == wide_known.name)
    fields = all(
        name in narrow_known.fields and _covers(narrow_known.fields[name], part, kinds)
        for name, part in wide_known.fields.items()
    )
    parts = len(narrow_known.parts) == len(wide_known.parts) and all(
        _covers(a, b, kinds) for a, b in zip(narrow_known.parts, wide_known.parts, strict=True)
    )
    return fields and parts


_SHAPES: dict[str, Callable[[object, Kind, Kinds], bool]] = {
    "list": _is_list,
    "context": _is_context,
    "range": _is_range,
    "function": _is_function,
}


def coerce(value: object, kind: Kind, kinds: Kinds) -> object:
    """Fit a value to a type as DMN does: a list of one to its item, anything else that does not fit to null."""
    known = resolve(kind, kinds)
    if known is None or known.name == "Any":
        return value
    if conforms(value, known, kinds) and allowed(value, known, kinds):
        return value
    if known.name != "list" and isinstance(value, list) and len(value) == 1:
        fits = conforms(value[0], known, kinds) and allowed(value[0], known, kinds)
        return value[0] if fits else None
    if known.name == "list" and not isinstance(value, list) and conforms([value], known, kinds):
        return [value]
    if known.name == "date and time" and kind_of(value) == "date":
        return value
    return None


def allowed(value: object, kind: Kind, kinds: Kinds) -> bool:
    """Tell whether the value keeps to the allowed values of its type, all the way down."""
    known = resolve(kind, kinds)
    if known is None or value is None:
        return True
    if known.accepts is not None and not known.accepts(value):
        return False
    if isinstance(value, Mapping):
        return all(allowed(value.get(name), part, kinds) for name, part in known.fields.items())
    if isinstance(value, list) and known.name == "list" and known.parts:
        return all(allowed(item, known.parts[0], kinds) for item in value)
    return True
