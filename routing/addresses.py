"""What people type for an address, made comparable: one key for all ways of writing it.

Everything is compared in Latin letters without marks: "ул. Ленина", "lenina", "УЛИЦА ЛЕНИНА" and "Lenina
ul." give the same key. The transliteration is close to ICAO Doc 9303 with the variants that people type
folded together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
        "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "",
        "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ß": "ss", "ø": "o",
        "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "№": " ", "'": "", "’": "", "ʼ": "",
        "`": "", "ª": "a",
        "º": "o", "\x01": "",
    }
)  # fmt: skip

# What a street is, in every form that is typed (as keys); the first is the canonical one.
_TYPES = {
    "ulitsa": "ulitsa ul ulica ulitza",
    "prospekt": "prospekt pr prosp prt prkt pkt prospect",
    "pereulok": "pereulok per pereul",
    "proezd": "proezd prd",
    "bulvar": "bulvar bul br blvd boulevard",
    "shosse": "shosse sh shos",
    "naberezhnaya": "naberezhnaya nab naberezhnaja",
    "ploschad": "ploschad pl ploshchad ploshad",
    "tupik": "tupik tup",
    "alleya": "alleya al",
    "mikrorayon": "mikrorayon mkr mkrn mikroraion",
    "kvartal": "kvartal kvl",
    "trakt": "trakt",
    "liniya": "liniya lin",
    "dorozhka": "dorozhka dor",
    "skver": "skver skv",
    "rua": "rua r",
    "avenida": "avenida av avda aven",
    "travessa": "travessa tv trav",
    "largo": "largo lg lgo",
    "praca": "praca pca",
    "estrada": "estrada estr",
    "calcada": "calcada cc",
    "beco": "beco bc",
    "rue": "rue",
    "calle": "calle",
    "via": "via",
    "street": "street st",
    "avenue": "avenue ave",
    "road": "road rd",
    "strasse": "strasse str",
}
TYPE_OF = {form: canonical for canonical, forms in _TYPES.items() for form in forms.split()}
# Words that help nobody to find a place, and need not match.
NOISE = frozenset(
    [
        "g",
        "gor",
        "gorod",
        "obl",
        "oblast",
        "rn",
        "rayon",
        "respublika",
        "rossiya",
        "imeni",
        "im",
        "ot",
        "k",
        "s",
        "na",
        "v",
        "i",
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "la",
        "le",
        "les",
        "du",
        "des",
        "of",
        "the",
        "e",
        "d",
        "a",
        "o",
    ]
)
_HOUSE_WORDS = frozenset({"d", "dom", "zd", "zdanie", "vl", "vladenie", "no", "nr", "n", "numero"})
_HOUSE_PARTS = {
    "k": "k", "korp": "k", "korpus": "k", "kor": "k", "s": "s", "str": "s", "stroenie": "s",
    "st": "s", "c": "s", "lit": "",
    "litera": "", "liter": "",
}  # fmt: skip

_BEFORE_TYPES = (
    (re.compile(r"\b(?:пр|просп?)-?к?т\b"), "проспект"),
    (re.compile(r"\bпр-з?д\b"), "проезд"),
    (re.compile(r"\bб-р\b"), "бульвар"),
    (re.compile(r"\bм(?:к)?-н\b|\bмк-р\b"), "микрорайон"),
    (re.compile(r"\bр-н\b"), "район"),
    (re.compile(r"\bпл-дь\b"), "площадь"),
    (re.compile(r"\bш-се\b"), "шоссе"),
)
# A flat, an entrance or a floor says nothing about where the house is.
_INSIDE = re.compile(
    r"[\s,]+(?:кв|квартира|kv|подъезд|под|п-д|этаж|эт|домофон|оф|офис|flat|apt)\b\.?\s*№?\s*\d+[^\W\d_]?"
)
_INSIDE_AFTER = re.compile(r"(\d.*?)[\s,]+\d+\x01?\s+(?:подъезд|этаж)\b(?!\s*\d)")
# Stands behind a number that was an ordinal ("1-я"), which is never a house's; goes with transliteration.
_MARK = "\x01"
_ORDINAL = re.compile(r"\b(\d+)\s*-?\s*(?:ая|ый|ий|ой|ого|я|й|е|ya|aya|iy|yy|oy|y)\b(?=[\s.]+[^\W\d])")
# "15ас2": the letter of the house and the beginning of its строение, written together.
_GLUED = re.compile(r"(\d[^\W\d_])([ксkcs]\d)")
_YO = re.compile(r"(?<=[bdfghklmnprstvxz])yo")
# "г. Москва, …": the town's name need not be on file.
_TOWN = re.compile(r"^\s*(?:г|гор|город|g|gorod)\b\.?\s*[^\W\d_][\w-]*[\s,]+(?=\S)")
_NUMBER_FIRST = re.compile(r"\s*(\d+[^\W\d_])[\s,]+([^\W\d_]+)(.*)")
_TOKEN = re.compile(r"\d+\x01?|[^\W\d_]+|[/\-]")


def fold(text: str) -> str:
    """Return text in lower case, one form of every letter; still with its punctuation and script."""
    known = text.replace("№", " ").replace(_MARK, " ")
    folded = unicodedata.normalize("NFKC", known).lower().replace("ё", "е")
    for pattern, word in _BEFORE_TYPES:
        folded = pattern.sub(word, folded)
    return _ORDINAL.sub(r"\1" + _MARK, folded)


def latin(word: str) -> str:
    """Transliterate one folded word; variants of one sound become one spelling."""
    typed_latin = word.isascii()
    word = word.translate(_CYRILLIC)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).lower()
    if not word.isalpha():
        return word
    word = word.replace("shch", "sch").replace("j", "y")
    if typed_latin:  # "кх" is two letters, "kh" is one; "Korolyova" has ё in it
        word = _YO.sub("e", word.replace("kh", "h"))
    if len(word) > 3 and word.endswith(("iy", "yy", "ii", "yi")):
        word = word[:-2] + "y"
    return word


def words(text: str) -> list[str]:
    """Split text into keys: numbers and transliterated words, in order."""
    return [key for piece in _TOKEN.findall(fold(text)) if piece not in "/-" and (key := latin(piece))]


@dataclass(frozen=True, slots=True)
class Name:
    """A name made comparable: its kind of street ('' for none), its own words, all its words."""

    type: str
    core: tuple[str, ...]
    whole: tuple[str, ...]


def name_of(text: str) -> Name:
    """Read a street's or a place's name.

    Of "улица Ленина" the type is `ulitsa`, the core `lenina`; of "Набережная улица" the rarer word is it.
    """
    keys = [key for key in words(text) if key not in NOISE] or words(text)
    places = [i for i, key in enumerate(keys) if key in TYPE_OF and len(key) > 1]
    if not places:
        return Name("", tuple(keys), tuple(keys))
    # "ulitsa" wins over every other type word beside it: the others then are the name.
    chosen = next((i for i in places if TYPE_OF[keys[i]] == "ulitsa"), places[0])
    core = tuple(key for i, key in enumerate(keys) if i != chosen)
    canonical = TYPE_OF[keys[chosen]]
    if not core:
        return Name("", (keys[chosen],), (keys[chosen],))
    return Name(canonical, core, (canonical, *core))


def house_key(text: str) -> str:
    """Return a house number as compared: "5 корп. 2", "5к2" and "5 K2" give "5k2"; "27А с1" gives "27as1"."""
    tokens = [piece if piece in "/-" else latin(piece) for piece in _TOKEN.findall(fold(text))]
    return _house(tokens, 0, len(tokens))


def _house(tokens: list[str], start: int, end: int) -> str:
    parts: list[str] = []
    for i in range(start, end):
        piece = tokens[i]
        if piece in _HOUSE_WORDS and not parts:
            continue
        if piece == "-" and i + 1 < end and tokens[i + 1].isalpha():
            continue
        parts.append(_HOUSE_PARTS.get(piece, piece) if parts and piece.isalpha() else piece)
    return "".join(parts).strip("/-")


def number_of(house: str) -> int:
    """Return the leading number of a house's key; −1 where it has none."""
    digits = re.match(r"\d{1,9}", house)
    return int(digits.group()) if digits else -1


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed: the words of a name, and a house's key ('' for none)."""

    name: tuple[str, ...]
    house: str


# Nobody dictates a longer address; the rest is cut so that no text can make the search slow.
MOST_TYPED = 120
MOST_WORDS = 12


def readings(text: str) -> list[Reading]:
    """Read typed text in every sensible way: as a name alone, and with each number as the house's."""
    folded = _GLUED.sub(r"\1 \2", _INSIDE_AFTER.sub(r"\1", _INSIDE.sub(" ", fold(text[:MOST_TYPED]))))
    turned = _NUMBER_FIRST.fullmatch(folded)
    if turned is not None and latin(turned[2]) not in _HOUSE_PARTS:  # "15А Руставели"
        folded = f"{turned[2]}{turned[3]} {turned[1]}"
    pieces = _TOKEN.findall(folded)[: 2 * MOST_WORDS]
    both = [(piece, key) for piece in pieces if (key := piece if piece in "/-" else latin(piece))]
    tokens = [key for _, key in both]
    found = [Reading(tuple(t for t in tokens if t not in "/-")[:MOST_WORDS], "")]
    end = 0
    for start, (piece, _) in enumerate(both):
        if start < end or not piece.isdigit():
            continue
        end = _house_end(tokens, start)
        first = start - 1 if start and tokens[start - 1] in _HOUSE_WORDS else start
        rest = tuple(t for t in (*tokens[:first], *tokens[end:]) if t not in "/-")[:MOST_WORDS]
        if rest:
            found.append(Reading(rest, _house(tokens, start, end)))
    return found


def _house_end(tokens: list[str], start: int) -> int:
    """Return where the house number that starts at a digit ends: letters, корпус and дробь belong to it."""
    at = start + 1
    count = len(tokens)
    if (
        at < count
        and tokens[at] == "-"
        and at + 1 < count
        and len(tokens[at + 1]) == 1
        and tokens[at + 1].isalpha()
    ):
        at += 2
    elif at < count and tokens[at].isalpha() and len(tokens[at]) <= 2 and not _is_part(tokens, at):
        # A letter ("5А", "5 а"): at the end, or before another part of the number.
        following = tokens[at + 1] if at + 1 < count else ""
        if len(tokens[at]) == 1 and (not following or following in _HOUSE_PARTS or following in "/-"):
            at += 1
    while at + 1 < count:
        if tokens[at] in "/-" and tokens[at + 1].isdigit():
            at += 2
            if at < count and len(tokens[at]) == 1 and tokens[at].isalpha() and at + 1 == count:
                at += 1
        elif _is_part(tokens, at):
            at += 2
        else:
            break
    return min(at, count)


def _is_part(tokens: list[str], at: int) -> bool:
    """Say whether "к 2", "стр 1", "лит А" stands here."""
    if at + 1 >= len(tokens) or tokens[at] not in _HOUSE_PARTS:
        return False
    following = tokens[at + 1]
    return following.isdigit() or (len(following) == 1 and following.isalpha())


_CORNER = re.compile(r"\b(?:на\s+)?(?:угол|углу|пересечени[еи]|перекрест(?:ок|ке)|ugol|perekrestok)\b")


def crossings(text: str) -> list[tuple[str, str]]:
    """Split "Ленина / Мира", "угол Ленина и Мира" into two names; nothing where it is no crossing.

    Where only "угол" says that it is one ("угол Ленина Мира"), every place where the second may begin.
    """
    folded, corners = _CORNER.subn(" / ", fold(text[:MOST_TYPED]))
    folded = folded.strip(" /,")
    for pattern in (r"\s*[/\\&@+]\s*", r"\s+(?:и|с|x|х|i|e)\s+"):
        parts = re.split(pattern, folded, maxsplit=1)
        if len(parts) == 2 and _both_named(*parts):
            return [(parts[0], parts[1])]
    said = folded.replace(",", " ").split()[:MOST_WORDS] if corners else []
    pairs = [(" ".join(said[:at]), " ".join(said[at:])) for at in range(1, len(said))]
    return [pair for pair in pairs if _both_named(*pair)]


def _both_named(*parts: str) -> bool:
    return all(any(len(key) > 1 and key.isalpha() for key in words(part)) for part in parts)


_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_SIGNS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_OTHER_LAYOUT = str.maketrans(_KEYS + _KEYS.upper(), _SIGNS + _SIGNS.upper())


def retold(text: str) -> Iterator[str]:
    """Yield other ways to take a text that named nothing: without region and town; in the other layout."""
    text = text[:MOST_TYPED]
    if (town := _TOWN.match(text.lower())) is not None:
        yield text[town.end() :]
    parts = text.split(",")
    yield from (",".join(parts[at:]) for at in range(1, min(len(parts), 4)))
    if text.isascii() and any(letter.isalpha() for letter in text):
        yield text.translate(_OTHER_LAYOUT)


_COORDINATES = re.compile(r"\s*(-?\d{1,2}[.,]\d{2,})\s*[°,;\s]\s*(-?\d{1,3}[.,]\d{2,})\s*°?\s*")


def coordinates(text: str) -> tuple[float, float] | None:
    """Read "55.6512, 62.7433": latitude and longitude, degrees; None where the text is nothing such."""
    match = _COORDINATES.fullmatch(text[:MOST_TYPED])
    if match is None:
        return None
    lat, lon = (float(part.replace(",", ".")) for part in match.groups())
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


_SHORT = (
    ("улица", "ул."), ("проспект", "пр-т"), ("переулок", "пер."), ("бульвар", "б-р"), ("площадь", "пл."),
    ("набережная", "наб."), ("шоссе", "ш."), ("проезд", "пр-д"), ("тупик", "туп."), ("аллея", "ал."),
    ("микрорайон", "мкр."),
)  # fmt: skip


def short_street(name: str) -> str:
    """Return a street's name as it is shown: "улица Ленина" → "ул. Ленина"."""
    parts = " ".join(name.split()).split(" ")
    lower = [part.lower().replace("ё", "е") for part in parts]
    for full, short in _SHORT:
        if full in lower and len(parts) > 1:
            parts[lower.index(full)] = short
            break
    return " ".join(parts)
