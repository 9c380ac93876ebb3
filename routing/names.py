"""Names in memory, searched as people type: words in any order, begun words, small typing errors.

Pure: the rows come from the caller. A vocabulary of distinct words keeps the search short, whatever the number of names.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from routing.addresses import NOISE, TYPE_OF

# A begun word may stand for this many different words; beyond, one more letter is needed.
MOST_BEGUN = 400
_SETTLEMENTS = frozenset({"city", "town", "village", "suburb", "quarter"})
# What is meant more often, of names that match alike.
_PRIOR = {"street": 0.03, "city": 0.02, "hospital": 0.02, "substation": 0.02, "shop": -0.02, "other": -0.02}


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the index."""

    id: int
    kind: str
    label: str
    lat_deg: float
    lon_deg: float
    houses: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A name that matches, and how well: about 1 for the very same words, less for worse."""

    score: float
    name: Name


@dataclass(frozen=True, slots=True)
class _Entry:
    """One way to call a name: the type of street and the words that make it."""

    name: int
    type: str
    core: tuple[str, ...]


class Names:
    """All names of a map."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        """Take rows (id, kind, label, keys, lat, lon, houses); `keys` are lines of `type|core words`.

        Raises:
            ValueError: a row is not such.
        """
        self._names: list[Name] = []
        self._entries: list[_Entry] = []
        self._at: dict[int, int] = {}
        words: dict[str, set[int]] = defaultdict(set)
        for identity, kind, label, keys, lat, lon, houses in rows:
            number = len(self._names)
            name = Name(int(str(identity)), str(kind), str(label), float(str(lat)), float(str(lon)), int(str(houses)))
            self._names.append(name)
            self._at[name.id] = number
            for key in str(keys).split("\n"):
                street_type, bar, core = key.partition("|")
                if not bar:
                    raise ValueError(f"name {identity} has a key without its type")
                entry = _Entry(number, street_type, tuple(core.split()))
                for word in entry.core:
                    words[word].add(len(self._entries))
                self._entries.append(entry)
        self._words = dict(words)
        self._vocabulary = sorted(words)
        self._cities = {
            word for entry in self._entries if self._names[entry.name].kind in _SETTLEMENTS for word in entry.core
        }

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._names)

    def by_id(self, identity: int) -> Name:
        """Return the name with this id.

        Raises:
            KeyError: there is none.
        """
        return self._names[self._at[identity]]

    def search(self, typed: Sequence[str], limit: int) -> list[Hit]:
        """Return the names that match every typed word (keys of `routing.addresses`), best first."""
        core = [word for word in typed if word not in NOISE and word not in TYPE_OF]
        types = {TYPE_OF[word] for word in typed if word in TYPE_OF}
        # A type's word may be (the beginning of) a name as well: "Набережная улица", "ш" of "Школьная".
        alone = [word for word in typed if word in TYPE_OF or word in NOISE]
        if not core:
            return self._ranked(alone[-1:], alone[:-1], types if len(alone) > 1 else set(), typed, limit)
        hits = self._ranked(core, alone, types, typed, limit)
        if not hits and len(core) > 1:
            # "Новоречинск, Ленина": the town's name need not be a part of the street's.
            rest = [word for word in core if word not in self._cities]
            if rest and len(rest) < len(core):
                hits = self._ranked(rest, alone, types, typed, limit)
        return hits

    def _ranked(
        self, core: Sequence[str], extra: Sequence[str], types: set[str], typed: Sequence[str], limit: int
    ) -> list[Hit]:
        totals: dict[int, float] | None = None
        for word in dict.fromkeys(core):
            scores = self._matches(word, begun=True)
            if totals is None:
                totals = scores
            else:
                totals = {entry: totals[entry] + score for entry, score in scores.items() if entry in totals}
            if not totals:
                return []
        if not totals:
            return []
        best: dict[int, float] = {}
        count = len(dict.fromkeys(core))
        wanted = set(core)
        said = set(extra)
        for number, total in totals.items():
            entry = self._entries[number]
            score = total / count
            # How much of the name was said: "Ленина" is rather улица Ленина than улица Архитектора Ленина.
            known = count + sum(1 for word in entry.core if word in said and word not in wanted)
            score -= 0.12 * max(0, len(entry.core) - known) / max(1, len(entry.core))
            if types:
                score += 0.05 if entry.type in types or said & set(entry.core) else -0.07
            elif entry.type in {"ulitsa", "rua"}:
                score += 0.01
            if entry.core and entry.core[0] == core[0]:
                score += 0.01
            name = self._names[entry.name]
            score += _PRIOR.get(name.kind, 0.0) + 0.002 * math.log1p(name.houses)
            if score > best.get(entry.name, -math.inf):
                best[entry.name] = score
        ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return [Hit(score, self._names[number]) for number, score in ordered]

    def _matches(self, word: str, *, begun: bool) -> dict[int, float]:
        """Return the entries with a word like this one, each with how alike: 1 the same, less begun, less mistyped."""
        vocabulary = self._vocabulary
        found: dict[str, float] = {}
        if word in self._words:
            found[word] = 1.0
        if begun and not word.isdigit():
            start = bisect_left(vocabulary, word)
            for candidate in vocabulary[start : start + MOST_BEGUN]:
                if not candidate.startswith(word):
                    break
                found.setdefault(candidate, 0.72 + 0.2 * len(word) / len(candidate))
        if word not in self._words and not word.isdigit() and len(word) >= 4:
            self._mistyped(word, found)
        scores: dict[int, float] = {}
        for candidate, score in found.items():
            for entry in self._words[candidate]:
                if score > scores.get(entry, 0.0):
                    scores[entry] = score
        return scores

    def _mistyped(self, word: str, found: dict[str, float]) -> None:
        """Add words within one error (two from seven letters on); begun words too where nothing else is found."""
        most = 1 if len(word) < 7 else 2
        for candidate, errors, _ in process.extract(
            word, self._vocabulary, scorer=OSA.distance, processor=None, score_cutoff=most, limit=40
        ):
            if candidate[0].isalpha():
                found.setdefault(candidate, 0.80 - 0.1 * errors)
        if found or len(word) < 5:
            return
        most = 1 if len(word) < 8 else 2
        begun = [candidate[: len(word)] for candidate in self._vocabulary]
        for _, errors, index in process.extract(
            word, begun, scorer=OSA.distance, processor=None, score_cutoff=most, limit=40
        ):
            candidate = self._vocabulary[index]
            if len(candidate) > len(word) and candidate[0].isalpha():
                found.setdefault(candidate, 0.62 - 0.08 * errors)
