"""Pages of long lists: which part is asked for, and where the next and the last part are."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from worker.web.dashboard.visit import Visit

_MOST_PAGES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Paging:
    """The part of a list that is shown; the addresses are empty at its ends."""

    number: int
    size: int
    name: str
    query: tuple[tuple[str, str], ...]
    has_more: bool = False

    @property
    def offset(self) -> int:
        """How many rows lie before it."""
        return (self.number - 1) * self.size

    @property
    def earlier(self) -> str:
        """The part before."""
        return self._spell(self.number - 1) if self.number > 1 else ""

    @property
    def later(self) -> str:
        """The part after."""
        return self._spell(self.number + 1) if self.has_more else ""

    def turn(self, found: int) -> "Paging":
        """The same when so many rows were found, one more than the size having been asked for."""
        return replace(self, has_more=found > self.size)

    def _spell(self, number: int) -> str:
        return "?" + urlencode(
            [*((name, value) for name, value in self.query if name != self.name), (self.name, number)]
        )


def read_page(visit: Visit, name: str, size: int) -> Paging:
    """The part that the address asks for under this name; the first when it names none."""
    text = visit.query.get(name, "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004 - of a sane length
    return Paging(number=min(max(1, number), _MOST_PAGES), size=size, name=name, query=tuple(visit.query.items()))
