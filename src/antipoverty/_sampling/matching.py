"""Teams that keep every recusal and load, if there are any: a matching grown seat by seat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Matching:
    """Teams that keep every recusal and load, grown one seat at a time."""

    def __init__(self, free: Mapping[str, Sequence[str]], size: int, cap: int) -> None:
        self.free, self.size, self.cap = free, size, cap
        self.teams: dict[str, list[str]] = {place: [] for place in free}
        self.places: dict[str, set[str]] = {one: set() for row in free.values() for one in row}
        self.fixed: set[tuple[str, str]] = set()

    def complete(self) -> bool:
        """Fill every team; tell whether it could be done."""
        return all(
            self.grow(place, set()) for place in self.free for _ in range(self.missing(place))
        )

    def missing(self, place: str) -> int:
        return self.size - len(self.teams[place])

    def grow(self, place: str, tried: set[str]) -> bool:
        """Give a place one inspector more, moving others where need be."""
        for one in self.free[place]:
            if one in tried or one in self.teams[place]:
                continue
            tried.add(one)
            if len(self.places[one]) < self.cap or self._make_room(one, tried):
                self._seat(place, one)
                return True
        return False

    def _make_room(self, one: str, tried: set[str]) -> bool:
        for other in sorted(self.places[one]):
            if (other, one) not in self.fixed and self.grow(other, tried):
                self._unseat(other, one)
                return True
        return False

    def _seat(self, place: str, one: str) -> None:
        self.teams[place].append(one)
        self.places[one].add(place)

    def _unseat(self, place: str, one: str) -> None:
        self.teams[place].remove(one)
        self.places[one].remove(place)

    def draw(self, ranked: Sequence[str]) -> None:
        """Go through the places and fix the first inspectors that leave the rest possible."""
        for place in ranked:
            drawn: list[str] = []
            for one in self.free[place]:
                if len(drawn) < self.size and self._fix(place, one):
                    drawn.append(one)
            self.teams[place] = drawn

    def _fix(self, place: str, one: str) -> bool:
        if one not in self.teams[place]:
            before = {p: list(t) for p, t in self.teams.items()}
            loose = [x for x in self.teams[place] if (place, x) not in self.fixed]
            self._unseat(place, loose[-1])
            if len(self.places[one]) >= self.cap and not self._make_room(one, {one}):
                self._restore(before)
                return False
            self._seat(place, one)
        self.fixed.add((place, one))
        return True

    def _restore(self, teams: dict[str, list[str]]) -> None:
        self.teams = teams
        for row in self.places.values():
            row.clear()
        for place, team in teams.items():
            for one in team:
                self.places[one].add(place)


def least_cap(free: Mapping[str, Sequence[str]], size: int, staff: int) -> int:
    """The least load under which every place can be served, or the number of places."""
    least = max(-(-size * len(free) // max(staff, 1)), 1)
    for cap in range(least, len(free)):
        if Matching(free, size, cap).complete():
            return cap
    return max(len(free), 1)
