from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import Callable
from pathlib import Path

import pytest

from tracking.fix import Fix
from tracking.receiver import ReceiverError, from_file, from_gpsd, from_serial, read_report

NOW_MS = 1_795_273_200_000
TPV = (
    b'{"class":"TPV","device":"/dev/ttyACM0","mode":3,"time":"2026-11-21T15:00:00.250Z","lat":55.75,"lon":-37.5,'
    b'"altMSL":156.2,"alt":170.0,"speed":3.25,"track":271.5}\n'
)
SKY = b'{"class":"SKY","uSat":9,"hdop":0.8,"satellites":[]}\n'


async def test_gpsd_is_asked_heard_and_found_again() -> None:
    """The program asks gpsd to report, reads its fixes, and goes on after gpsd was started anew."""
    asked: list[bytes] = []

    async def gpsd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"class":"VERSION","release":"3.25"}\n')
        asked.append(await reader.readline())
        writer.write(SKY + TPV)
        await writer.drain()
        writer.close()  # as one that is started anew

    server = await asyncio.start_server(gpsd, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fixes: list[Fix] = []
    told: list[str] = []
    async for found in from_gpsd("127.0.0.1", port, "12", lambda: NOW_MS, told.append):
        fixes += found
        if len(fixes) == 2:
            break
    server.close()
    taken_ms = NOW_MS + 250
    assert fixes[0] == Fix("12", taken_ms, 54_000_250, NOW_MS, 55.75, -37.5, 3.25, 271.5, 156.2, None, 9)
    assert told == [f"no gpsd at 127.0.0.1:{port}: it has ended; waiting for it"]
    assert len(asked) == 2
    assert b"WATCH" in asked[0]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"garbage",
        b'{"class":"TPV","mode":1,"time":"2026-11-21T15:00:00Z","lat":1,"lon":2}',
        b'{"class":"TPV","mode":3,"lat":1,"lon":2}',
        b'{"class":"TPV","mode":3,"time":"soon","lat":1,"lon":2}',
        b'{"class":"TPV","mode":3,"time":"2026-11-21T15:00:00","lat":1,"lon":2}',
        b'{"class":"TPV","mode":3,"time":"2026-11-21T15:00:00Z","lat":91,"lon":2}',
        b'{"class":"TPV","mode":3,"time":"2026-11-21T15:00:00Z","lat":"1","lon":2}',
        b'{"class":"TPV","mode":3,"time":"\xff"}',
    ],
)
def test_what_is_no_position_gives_none(line: bytes) -> None:
    """No fix, no time, no zone, no number, out of range, no JSON: nothing comes out, nothing raises."""
    assert read_report(line, "12", NOW_MS, [None]) is None


async def test_a_log_ends_with_its_last_epoch(tmp_path: Path, sentence: Callable[[str], bytes]) -> None:
    """Every epoch of a file comes out once; a file that is not there is named."""
    log = tmp_path / "log"
    log.write_bytes(
        b"".join(sentence(f"GNRMC,1500{s:02d},A,5545.0,N,03737.0,E,1,9,211126,,,A") for s in range(30))
    )
    fixes = [fix async for found in from_file(log, "12", lambda: NOW_MS) for fix in found]
    assert [fix.taken_ms for fix in fixes] == [NOW_MS + s * 1000 for s in range(30)]
    with pytest.raises(ReceiverError, match=r"cannot read .*none"):
        async for _ in from_file(tmp_path / "none", "12", lambda: NOW_MS):
            pass


async def test_a_serial_receiver_is_read_as_it_speaks(sentence: Callable[[str], bytes]) -> None:
    """A pseudo-terminal stands for the receiver: an epoch comes out when the line falls silent."""
    ours, theirs = pty.openpty()
    speaking = asyncio.create_task(asyncio.sleep(0.2))
    speaking.add_done_callback(
        lambda _: os.write(ours, sentence("GNRMC,150000,A,5545.0,N,03737.0,E,1,9,211126,,,A"))
    )
    async for found in from_serial(os.ttyname(theirs), 9600, "12", lambda: NOW_MS, print):
        assert [fix.taken_ms for fix in found] == [NOW_MS]
        break
    os.close(ours)
    os.close(theirs)


async def test_a_receiver_that_is_not_there_is_said_once_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped device, or one that is pulled out: whoever looks at the unit's output learns of it."""
    monkeypatch.setattr("tracking.receiver.RETRY_S", 0.01)
    told: list[str] = []
    heard = asyncio.Event()

    def tell(words: str) -> None:
        told.append(words)
        heard.set()

    device = str(tmp_path / "ttyACM9")

    async def read() -> None:
        async for _ in from_serial(device, 9600, "12", lambda: NOW_MS, tell):
            pytest.fail("there is no receiver")

    reading = asyncio.create_task(read())
    await heard.wait()
    await asyncio.sleep(0.1)  # some more attempts
    reading.cancel()
    assert len(told) == 1
    assert told[0].startswith(f"no receiver at {device}: ")
