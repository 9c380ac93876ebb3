from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tracking.archive import Archive
from tracking.credentials import hash_secret
from tracking.fix import Fix
from tracking.forwarder import Forwarder
from tracking.gateway import Gateway
from tracking.outbox import Outbox
from tracking.registry import BY_CERTIFICATE, Device, Registry
from tracking.tls import TlsError, device_side, gateway_side, name_in

NOW_MS = 1_704_110_410_000  # 2024-01-01 12:00:10 UTC
RMC = "GPRMC,120000.00,A,5545.0000,N,03737.0000,E,10.0,90.0,010124,,,A"
DEVICES = [
    Device("12", "12", BY_CERTIFICATE),
    Device("356307042441013", "12", BY_CERTIFICATE),
    Device("13", "13", hash_secret("s3cret")),
    Device("relay", None, BY_CERTIFICATE),
]


@dataclass
class Papers:
    """Certificates as files: the gateway's authority and its certificate, the devices' and a stranger's."""

    folder: Path
    ours: trustme.CA
    devices: trustme.CA
    strangers: trustme.CA

    def of(self, name: str, authority: trustme.CA) -> Path:
        """Return a device's certificate and key in one file."""
        path = self.folder / f"{name}-{id(authority)}.pem"
        authority.issue_cert(common_name=name).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def gateway(self, *, with_devices: bool = True) -> ssl.SSLContext:
        """Return the gateway's side."""
        return gateway_side(
            self.folder / "gateway.pem",
            self.folder / "gateway.pem",
            self.folder / "devices-ca.pem" if with_devices else None,
        )

    def device(self, certificate: Path | None = None) -> ssl.SSLContext:
        """Return a device's side."""
        return device_side(self.folder / "ca.pem", certificate, None)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates made for these tests."""
    found = Papers(tmp_path_factory.mktemp("papers"), trustme.CA(), trustme.CA(), trustme.CA())
    found.ours.cert_pem.write_to_path(found.folder / "ca.pem")
    found.devices.cert_pem.write_to_path(found.folder / "devices-ca.pem")
    own = found.ours.issue_cert("127.0.0.1", "localhost")
    own.private_key_and_cert_chain_pem.write_to_path(found.folder / "gateway.pem")
    return found


@dataclass
class Port:
    """An encrypted port, and what came out of it."""

    gateway: Gateway
    archive: Archive
    heard: list[Fix]
    number: int

    async def say(self, tls: ssl.SSLContext, *lines: bytes) -> bytes:
        """Connect, say something, and return all answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number, ssl=tls)
        writer.write(b"".join(lines))
        await writer.drain()
        await asyncio.sleep(0.2)
        answered = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                answered = await reader.read(200)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return answered


@contextlib.asynccontextmanager
async def listening(folder: Path, tls: ssl.SSLContext) -> AsyncIterator[Port]:
    """Open a gateway's encrypted port."""
    heard: list[Fix] = []
    archive = Archive(folder / "tracks")
    gateway = Gateway(
        Registry(DEVICES), archive, heard.extend, lambda: NOW_MS, commit_every_s=0.01, idle_s=0.05
    )
    await gateway.start("127.0.0.1", 0, tls=tls)
    assert gateway.encrypted_port is not None
    yield Port(gateway, archive, heard, gateway.encrypted_port)
    await gateway.close()
    archive.close()


async def test_a_certificate_proves_the_device_that_it_names_and_no_other(
    papers: Papers, tmp_path: Path, sentence: Callable[[str], bytes]
) -> None:
    """Unit 12's certificate speaks for 12 by either of its names; for 13 not even with 13's own secret."""
    async with listening(tmp_path, papers.gateway()) as port:
        twelve = papers.device(papers.of("12", papers.devices))
        assert await port.say(twelve, b"LOGIN 12\r\n", sentence(RMC)) == b"OK 12\n"
        assert (
            await port.say(twelve, b"356307042441013\r\n", sentence(RMC.replace("120000", "120001"))) == b""
        )
        assert await port.say(twelve, b"LOGIN 13\r\n") == b"ERR wrong-secret\n"
        assert await port.say(twelve, b"LOGIN 13 s3cret\r\n") == b"ERR wrong-secret\n"
        assert await port.say(twelve, b"LOGIN 99\r\n") == b"ERR unknown-unit\n"
        relay = papers.device(papers.of("relay", papers.devices))
        assert await port.say(relay, b"LOGIN 13\r\n", sentence(RMC)) == b"OK 13\n"
        assert [(one.unit, one.taken_ms) for one in port.heard] == [
            ("12", NOW_MS - 10_000),
            ("12", NOW_MS - 9_000),
            ("13", NOW_MS - 10_000),
        ]
        assert {(one.unit, one.why) for one in port.gateway.strangers} == {
            ("13", "wrong-secret"),
            ("99", "unknown-unit"),
        }


async def test_without_a_certificate_a_secret_is_asked_for(papers: Papers, tmp_path: Path) -> None:
    """Encrypted with a secret is let in; a unit that has none but a certificate cannot be guessed."""
    async with listening(tmp_path, papers.gateway()) as port:
        bare = papers.device()
        assert await port.say(bare, b"LOGIN 13 s3cret\r\n") == b"OK 13\n"
        assert await port.say(bare, b"LOGIN 13\r\n") == b"ERR wrong-secret\n"
        for guess in (b"", b" certificate", b" " + b"0" * 64):
            assert await port.say(bare, b"LOGIN 12" + guess + b"\r\n") == b"ERR wrong-secret\n"


async def test_who_shows_a_foreign_certificate_or_speaks_plainly_gets_nowhere(
    papers: Papers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger's paper, NMEA in the clear and noise: cut off, no fix, no error logged, others served."""
    async with listening(tmp_path, papers.gateway()) as port:
        foreign = papers.device(papers.of("12", papers.strangers))
        with contextlib.suppress(OSError):
            assert await port.say(foreign, b"LOGIN 12\r\n") == b""
        for noise in (b"LOGIN 13 s3cret\r\n", b"\x16\x03\x01\xff\xff" + bytes(500), bytes(range(256)) * 40):
            _, writer = await asyncio.open_connection("127.0.0.1", port.number)
            writer.write(noise)
            with contextlib.suppress(OSError):
                await writer.drain()
                await asyncio.sleep(0.05)
            writer.close()
        assert await port.say(papers.device(), b"LOGIN 13 s3cret\r\n") == b"OK 13\n"
        assert port.gateway.counts["accepted"] <= 2
        assert port.heard == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_the_on_board_program_hands_in_by_its_certificate(papers: Papers, tmp_path: Path) -> None:
    """Wialon IPS over the encrypted port without a secret; a gateway that is not ours is told nothing."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    fixes = [
        Fix("12", NOW_MS - 1000 * i, None, NOW_MS, 55.75, 37.61, 3.0, 90.0, 150.0, 0.9, 9) for i in range(250)
    ]
    outbox.append(fixes)
    said: asyncio.Queue[str] = asyncio.Queue()

    def aboard(tls: ssl.SSLContext, number: int) -> Forwarder:
        return Forwarder(
            outbox,
            ("127.0.0.1", number),
            unit="12",
            secret="",
            now_ms=lambda: NOW_MS,
            tell=said.put_nowait,
            answer_within_s=5,
            first_retry_s=0.05,
            tls=tls,
        )

    certificate = papers.of("12", papers.devices)
    async with listening(tmp_path, papers.gateway()) as port:
        papers.strangers.cert_pem.write_to_path(papers.folder / "other-ca.pem")
        wary = aboard(device_side(papers.folder / "other-ca.pem", certificate, None), port.number)
        trying = asyncio.create_task(wary.forward())
        assert "certificate" in (await said.get()).lower()
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        assert (port.heard, len(outbox)) == ([], 250)
        ended = asyncio.Event()
        ended.set()
        async with asyncio.timeout(20):
            await aboard(papers.device(certificate), port.number).forward(until_empty=ended)
        assert {one.taken_ms for one in port.archive.track("12", 0, 1 << 60)} == {
            one.taken_ms for one in fixes
        }
    outbox.close()


def test_papers_that_cannot_be_used_are_named(papers: Papers, tmp_path: Path) -> None:
    """No file, no PEM, a key of another certificate: one line each, with the file."""
    good, nothing = papers.folder / "gateway.pem", tmp_path / "nothing.pem"
    (tmp_path / "junk.pem").write_text("not a certificate")
    other = papers.of("x", papers.devices)
    for certificate, key in ((nothing, nothing), (tmp_path / "junk.pem", good), (good, other)):
        with pytest.raises(TlsError, match=str(certificate)):
            gateway_side(certificate, key, None)
    with pytest.raises(TlsError, match="junk"):
        gateway_side(good, good, tmp_path / "junk.pem")
    with pytest.raises(TlsError, match="nothing"):
        device_side(nothing, None, None)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (None, None),
        ({}, None),
        ({"subject": ((("commonName", "12"),),)}, "12"),
        ({"subject": ((("organizationName", "x"),), (("commonName", "12"),))}, "12"),
        ({"subject": ((("commonName", "12"),), (("commonName", "13"),))}, None),
    ],
)
def test_the_name_is_the_certificates_common_name(told: dict[str, object] | None, name: str | None) -> None:
    """One common name names the device; none or two name nobody."""
    assert name_in(told) == name
