"""Names in memory, searched as people type: words in any order, begun words, small typing errors.

Pure: the rows come from the caller. A vocabulary of distinct words keeps the search short, whatever the
number of names.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from routing.addresses import MOST_TYPED, NOISE, TYPE_OF
from routing.addresses import words as words_of

# A begun word may stand for this many different words; beyond, one more letter is needed.
MOST_BEGUN = 400
_SETTLEMENTS = frozenset({"city", "town", "village", "suburb", "quarter"})
_LONG_TYPES = sorted(form for form in TYPE_OF if len(form) > 4)
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
    """One way to call a name: the type of street, its own words, and those that say where it is."""

    name: int
    type: str
    core: tuple[str, ...]
    where: tuple[str, ...] = ()


class Names:
    """All names of a map."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        """Take rows (id, kind, label, keys, lat, lon, houses); `keys` are lines of `type|core words|where`.

        Raises:
            ValueError: a row is not such.
        """
        self._names: list[Name] = []
        self._entries: list[_Entry] = []
        self._at: dict[int, int] = {}
        words: dict[str, set[int]] = defaultdict(set)
        where: dict[str, set[int]] = defaultdict(set)
        labels: dict[str, list[int]] = defaultdict(list)
        for identity, kind, label, keys, lat, lon, houses in rows:
            number = len(self._names)
            name = Name(
                int(str(identity)), str(kind), str(label), float(str(lat)), float(str(lon)), int(str(houses))
            )
            self._names.append(name)
            self._at[name.id] = number
            labels[_label_key(name.label)].append(number)
            for key in str(keys).split("\n"):
                parts = key.split("|")
                if len(parts) != 3:
                    raise ValueError(f"name {identity} has a key of {len(parts)} parts")
                entry = _Entry(number, parts[0], tuple(parts[1].split()), tuple(parts[2].split()))
                for word in entry.core:
                    words[word].add(len(self._entries))
                for word in entry.where:
                    where[word].add(len(self._entries))
                self._entries.append(entry)
        self._where = dict(where)
        self._labels = dict(labels)
        self._words = dict(words)
        self._vocabulary = sorted(words)
        self._short = [_letters(word) for word in self._vocabulary]
        self._cities = {
            word
            for entry in self._entries
            if self._names[entry.name].kind in _SETTLEMENTS
            for word in entry.core
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

    def of_kinds(self, kinds: Iterable[str]) -> list[Name]:
        """Return the names of these kinds."""
        wanted = frozenset(kinds)
        return [name for name in self._names if name.kind in wanted]

    def labelled(self, text: str) -> list[Name]:
        """Return the names with this very label, however its letters and marks are written."""
        return [self._names[number] for number in self._labels.get(_label_key(text), ())]

    def search(self, typed: Sequence[str], limit: int, *, streets: bool = False) -> list[Hit]:
        """Return the names that match every typed word (keys of `routing.addresses`), best first."""
        hits = self._search([self._as_type(word) for word in typed], limit, streets)
        if not hits and any(word in self._words for word in typed):
            # A word of some name may still be a mistyped kind of street.
            hits = self._search([self._as_type(word, known=True) for word in typed], limit, streets)
        return hits

    def _search(self, typed: Sequence[str], limit: int, streets: bool) -> list[Hit]:
        core = [word for word in typed if word not in NOISE and word not in TYPE_OF]
        types = {TYPE_OF[word] for word in typed if word in TYPE_OF}
        # A type's word may be (the beginning of) a name as well: "Набережная улица", "ш" of "Школьная".
        alone = [word for word in typed if word in TYPE_OF or word in NOISE]
        if not core:
            # Of "Набережная улица" the first is the name, although both say a kind of street.
            alone.sort(key=lambda word: TYPE_OF.get(word) != "ulitsa")
            hits = self._ranked(alone[-1:], alone[:-1], types if len(alone) > 1 else set(), limit, streets)
            return hits + self._of_type(types, hits, limit - len(hits))
        hits = self._ranked(core, alone, types, limit, streets)
        if not hits and len(core) > 1:
            # "Новоречинск, Ленина": the town's name need not be a part of the street's.
            rest = [word for word in core if word not in self._cities]
            if rest and len(rest) < len(core):
                hits = self._ranked(rest, alone, types, limit, streets)
        return hits

    def _as_type(self, word: str, *, known: bool = False) -> str:
        """Return the type of street that a word is, mistyped by one letter; else the word."""
        if len(word) < 5 or word in TYPE_OF or (word in self._words and not known):
            return word
        near = process.extractOne(word, _LONG_TYPES, scorer=OSA.distance, processor=None, score_cutoff=1)
        return str(near[0]) if near else word

    def _of_type(self, types: set[str], hits: list[Hit], limit: int) -> list[Hit]:
        """Return streets of a type that was all that was said: "набережная"."""
        known = {hit.name.id for hit in hits}
        found: list[Hit] = []
        for entry in self._entries:
            name = self._names[entry.name]
            if len(found) < limit and entry.type in types and name.id not in known:
                known.add(name.id)
                found.append(Hit(0.5, name))
        return found

    def _ranked(
        self, core: Sequence[str], extra: Sequence[str], types: set[str], limit: int, streets: bool
    ) -> list[Hit]:
        totals: dict[int, float] = {}
        own: set[int] = set()
        distinct = list(dict.fromkeys(core))
        for turn, word in enumerate(distinct):
            scores = self._matches(word)
            own |= scores.keys()
            for known_at in self._where.get(word, ()):
                scores.setdefault(known_at, 0.9)
            totals = scores if turn == 0 else {e: totals[e] + s for e, s in scores.items() if e in totals}
            if not totals:
                return []
        best: dict[int, float] = {}
        count = len(distinct)
        wanted = set(core)
        said = set(extra)
        for place, total in totals.items():
            entry = self._entries[place]
            # Words that only say where something is do not make it.
            if place not in own or (streets and self._names[entry.name].kind != "street"):
                continue
            score = total / count
            # How much of the name was said: "Ленина" is rather улица Ленина than улица Архитектора Ленина.
            known = sum(word not in entry.where for word in distinct) + sum(
                1 for word in entry.core if word in said and word not in wanted
            )
            score -= 0.12 * max(0, len(entry.core) - known) / max(1, len(entry.core))
            # A number in a name is no small part of it: "9 Мая" is not "1 Мая".
            score -= 0.2 * any(word.isdigit() and word not in wanted for word in entry.core)
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

    def _matches(self, word: str) -> dict[int, float]:
        """Return the entries with a word like this one: 1 the same, less begun, least mistyped."""
        vocabulary = self._vocabulary
        found: dict[str, float] = {}
        if word in self._words:
            found[word] = 1.0
        if not word.isdigit():
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
        """Add words within one error, from seven letters on within two; where there are none, begun words."""
        short = _letters(word)
        most = 1 if len(short) < 7 else 2
        for _, errors, index in process.extract(
            short, self._short, scorer=OSA.distance, processor=None, score_cutoff=most, limit=40
        ):
            candidate = self._vocabulary[index]
            if candidate[0] == word[0] or (errors == 1 and candidate[0].isalpha()):
                found.setdefault(candidate, 0.80 - 0.1 * errors)
        if found or len(short) < 5:
            return
        most = 1 if len(short) < 8 else 2
        begun = [candidate[: len(short)] for candidate in self._short]
        for _, errors, index in process.extract(
            short, begun, scorer=OSA.distance, processor=None, score_cutoff=most, limit=40
        ):
            candidate = self._vocabulary[index]
            if len(candidate) > len(word) and candidate[0].isalpha():
                found.setdefault(candidate, 0.62 - 0.08 * errors)


# Two Latin letters for one of Cyrillic: an error in one letter must count as one.
_PAIRS = (("sch", "1"), ("zh", "2"), ("ch", "3"), ("sh", "4"), ("yu", "5"), ("ya", "6"), ("ts", "7"))


def _letters(word: str) -> str:
    """Write a key with one sign a letter of the typist's alphabet, so that errors can be counted."""
    for pair, sign in _PAIRS:
        word = word.replace(pair, sign)
    return word


def _label_key(label: str) -> str:
    return " ".join(words_of(label[: 2 * MOST_TYPED]))
