"""Posts: the kilometre posts of roads, and what people type for a place between two of them.

"М-11 54 км", "km 54 A1", "54-й километр трассы М-11", "М11, 54+300": a road by its number or name, and how
far along. Between mapped posts a place is found on the straight line; the road bends little in a kilometre.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from routing.addresses import MOST_TYPED, NOISE, fold, words

# Posts farther apart than this have no place between them: the road may bend.
MOST_BETWEEN_KM = 5.0

_NUMBER = r"(\d{1,4})(?:[.,](\d{1,3})|\s*\+\s*(\d{1,3}))?"
_AFTER = re.compile(
    rf"\b{_NUMBER}\s*-?\s*(?:й|ый|ой|го|ого|м|ом)?\s*(?:км|километр[а-я]*|km|kilometr[a-z]*)\b"
    r"(?:\s*\+?\s*(\d{1,3})\s*(?:м|m)\b)?"
)
_BEFORE = re.compile(rf"\b(?:км|километр|km|kilometre|kilometer)\.?\s*{_NUMBER}\b(?!\s*[мm]\b)()")
_PLUS = re.compile(r"\b(\d{1,4})()\s*\+\s*(\d{3})\b()")
# Words that only say that it is a road.
_ROAD = frozenset(
    {"trassa", "trasse", "trassy", "trassu", "doroga", "dorogi", "doroge", "avtodoroga", "avtomagistral"}
    | {"highway", "road", "po", "na", "u"}
)
# Letters that look alike in both scripts, and are typed for each other: by sound → by sight.
_ALIKE = str.maketrans({"r": "p", "n": "h", "s": "c", "v": "b", "h": "x", "u": "y"})


class Post(NamedTuple):
    """A kilometre post, or a place between two."""

    km: float
    lat_deg: float
    lon_deg: float


def asked(text: str) -> tuple[str, float] | None:
    """Read a road and how far along it; None where the text asks for no kilometre."""
    folded = fold(text[:MOST_TYPED]).replace("\x01", "")
    for pattern in (_BEFORE, _AFTER, _PLUS):
        match = pattern.search(folded)
        if match is None:
            continue
        whole, decimals, plus, metres = match.groups()
        km = float(f"{whole}.{decimals}") if decimals else float(whole) + int(plus or metres or 0) / 1000
        road = folded[: match.start()] + " " + folded[match.end() :]
        if any(letter.isalnum() for letter in road):
            return road, km
    return None


def road_key(road: str) -> str:
    """Return a road's number or name as it is compared: "М-11", "M 11" and "трасса м11" give "m11"."""
    return "".join(
        word for word in words(road) if word not in _ROAD and (word not in NOISE or len(word) == 1)
    )


def alike(key: str) -> str:
    """Return a key by how its letters look: "Р-258" is typed with a Latin P as often as not."""
    return key.translate(_ALIKE)


def between(posts: Iterable[Post], km: float) -> Post | None:
    """Return the place of a kilometre among the posts of one road; None where no post is near enough."""
    ordered = sorted(posts)
    before = max((post for post in ordered if post.km <= km), default=None)
    after = min((post for post in ordered if post.km >= km), default=None)
    if before is None or after is None:
        return None
    if before.km == after.km:
        return before
    apart_km = after.km - before.km
    if apart_km > MOST_BETWEEN_KM:
        return None
    share = (km - before.km) / apart_km
    return Post(
        km,
        before.lat_deg + share * (after.lat_deg - before.lat_deg),
        before.lon_deg + share * (after.lon_deg - before.lon_deg),
    )


def kilometre(text: str | None) -> float | None:
    """Read what stands on a post: "54", "54.5", "54 km"; None where that is no kilometre."""
    match = re.fullmatch(r"\s*(\d{1,4})(?:[.,](\d{1,3}))?\s*(?:km|км)?\s*", text or "")
    return None if match is None else float(f"{match.group(1)}.{match.group(2) or 0}")
