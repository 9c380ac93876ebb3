"""Masking: what stays of a call's view for those who may not see the patient."""

from __future__ import annotations

import msgspec

from console.views import View
from dispatch.forms import MASK

PERSONAL = frozenset({"phone", "patient", "note", "detail", "who", "hazard", "text"})


def masked_frame(frame: str) -> str:
    """Return a numbered frame of the feed without what it tells of the patients: its calls are masked.

    Where the calls are stays in it: whoever may watch the region watches its map.
    """
    told = msgspec.json.decode(frame)
    told["incidents"] = masked(told.get("incidents", []), with_place=True)
    return msgspec.json.encode(told).decode()


def masked(view: object, *, with_place: bool) -> object:
    """Return the view with names, numbers and notes masked wherever they stand in it.

    Args:
        view: what would be shown, as plain dicts and lists.
        with_place: leave the address and the exact position; else the label is masked and the position is
            rounded to 0.01° (about 1 km).
    """
    if isinstance(view, list | tuple):
        return [masked(each, with_place=with_place) for each in view]
    if not isinstance(view, dict):
        return view
    kept: View = {}
    for key, value in view.items():
        if value is not None and (key in PERSONAL or (key == "label" and not with_place)):
            kept[key] = MASK
        elif key in {"lat_deg", "lon_deg"} and not with_place:
            kept[key] = round(float(str(value)), 2)
        else:
            kept[key] = masked(value, with_place=with_place)
    return kept
