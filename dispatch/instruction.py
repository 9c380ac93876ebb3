"""Instruction: what a caller is told to do until a crew is there, as data of the region. Pure."""

from __future__ import annotations

import msgspec


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """Steps to be read out, in both languages.

    Attributes:
        ru, en: what it is for.
        steps_ru, steps_en: one sentence each, in the order in which they are said.
        source: on what it rests.
        approved_by: which doctors of the region approved it, and when; None: nobody yet; the page says so.
    """

    id: str
    ru: str
    en: str
    steps_ru: tuple[str, ...]
    steps_en: tuple[str, ...]
    source: str = ""
    approved_by: str | None = None
