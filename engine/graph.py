"""Questions about graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def in_rounds(inside: Iterable[str], into: Mapping[str, Collection[str]]) -> set[str]:
    """Those elements that some round of only these elements leads to."""
    inside = list(inside)
    left = dict.fromkeys(inside, 0)
    leading: dict[str, list[str]] = {}
    for target in inside:
        for source in into.get(target, ()):
            if source in left:
                left[target] += 1
                leading.setdefault(source, []).append(target)
    free = [element for element, count in left.items() if not count]
    while free:
        current = free.pop()
        del left[current]
        for target in leading.get(current, ()):
            left[target] -= 1
            if not left[target]:
                free.append(target)
    return set(left)
