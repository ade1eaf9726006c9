"""Questions about graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def in_rounds(inside: Iterable[str], into: Mapping[str, Collection[str]]) -> set[str]:
    """Those elements that lie on a round of only these elements, or between two such rounds. ``into`` gives sources."""
    left = set(inside)
    out: dict[str, list[str]] = {}
    for target in left:
        for source in into.get(target, ()):
            out.setdefault(source, []).append(target)
    return _peeled(_peeled(left, into, out), out, into)


def _peeled(left: set[str], behind: Mapping[str, Collection[str]], ahead: Mapping[str, Collection[str]]) -> set[str]:
    """What is left when everything with nothing behind it is taken away, again and again."""
    counts = {each: sum(other in left for other in behind.get(each, ())) for each in left}
    free = [each for each, count in counts.items() if not count]
    while free:
        current = free.pop()
        del counts[current]
        for other in ahead.get(current, ()):
            if other in counts:
                counts[other] -= 1
                if not counts[other]:
                    free.append(other)
    return set(counts)
