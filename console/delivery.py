"""Delivery: a report put into a folder, posted to a webhook, mailed, and what is owed. Shell: disk and net.

What has not arrived is on disk beside the report, written before anything is sent: a service that is killed
in between sends again when it starts, so a webhook may get a report twice, and tells it by region and date.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, get_args

import httpx
import msgspec

from console.settings import Mail, MorningSetting
from dispatch.morning import Morning

TIMEOUT_S = 20
Way = Literal["file", "webhook", "mail"]
WAYS: tuple[Way, ...] = get_args(Way)
UNDELIVERED = ".undelivered"


class DeliveryError(Exception):
    """A report did not arrive; the message says where and why, without any password."""


async def deliver(
    report: Morning, setting: MorningSetting, folder: Path, ways: Sequence[Way] = WAYS
) -> dict[Way, str]:
    """Put the report into the folder, then send it where the settings say; return what failed, in words."""
    failed: dict[Way, str] = {}
    _owe(report, folder, ways)
    for way in ways:
        try:
            await _BY[way](report, setting, folder)
        except DeliveryError as error:
            failed[way] = str(error)
    _owe(report, folder, tuple(failed))
    return failed


def owed(folder: Path, region: str) -> dict[Path, tuple[Way, ...]]:
    """Return which ways of which reports (their JSON files) have not worked yet."""
    found: dict[Path, tuple[Way, ...]] = {}
    for path in sorted(folder.glob(f"{region}-*{UNDELIVERED}")):
        with contextlib.suppress(OSError):
            said = path.read_text(encoding="utf-8").split()
            found[path.with_name(path.name.removesuffix(UNDELIVERED) + ".json")] = tuple(
                way for way in WAYS if way in said
            )
    return found


def forgive(report: Path) -> None:
    """Owe nothing of a report any more."""
    report.with_name(report.stem + UNDELIVERED).unlink(missing_ok=True)


def _owe(report: Morning, folder: Path, ways: Sequence[Way]) -> None:
    """Keep on disk what has still to be sent; where the disk fails, the file's own way says so."""
    with contextlib.suppress(OSError):
        path = folder / f"{report.region}-{report.date}{UNDELIVERED}"
        if ways:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(ways) + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def words_of(report: Morning, setting: MorningSetting) -> str:
    """Return the report's words in the language that is set."""
    return report.text_en if setting.language == "en" else report.text


async def _file(report: Morning, setting: MorningSetting, folder: Path) -> None:
    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in (
            ("json", msgspec.json.encode(report)),
            ("txt", words_of(report, setting).encode("utf-8")),
        ):
            aside = folder / f".{report.region}-{report.date}.{suffix}.new"
            aside.write_bytes(content)
            aside.replace(folder / f"{report.region}-{report.date}.{suffix}")

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        raise DeliveryError(f"morning report: {folder} cannot be written: {error.strerror}") from error


async def _webhook(report: Morning, setting: MorningSetting, _folder: Path) -> None:
    if setting.webhook is None:
        return
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            answer = await client.post(
                setting.webhook,
                content=msgspec.json.encode(report),
                headers={"Content-Type": "application/json"},
            )
    except httpx.HTTPError as error:
        raise DeliveryError(f"morning report: the webhook does not answer: {error}") from error
    if answer.is_error:
        raise DeliveryError(f"morning report: the webhook answers {answer.status_code}")


async def _mail(report: Morning, setting: MorningSetting, _folder: Path) -> None:
    if setting.mail is None:
        return
    try:
        await asyncio.to_thread(_send, report, words_of(report, setting), setting.mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryError(
            f"morning report: {setting.mail.host}:{setting.mail.port} takes no mail: {error}"
        ) from error


def _send(report: Morning, text: str, mail: Mail) -> None:
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = f"{report.name}: {report.date}"
    message.set_content(text)
    message.add_attachment(
        msgspec.json.encode(report),
        maintype="application",
        subtype="json",
        filename=f"{report.region}-{report.date}.json",
    )
    with smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.user is not None:
            server.login(mail.user, os.environ.get(mail.password_env, ""))
        refused = server.send_message(message)
    if refused:
        raise ValueError(f"refused for {', '.join(refused)}")


_BY = {"file": _file, "webhook": _webhook, "mail": _mail}
