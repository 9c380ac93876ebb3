import { describe, expect, it } from "vitest";
import { FLAG_STALE, Positions } from "../src/frames";

interface Row {
  index: number;
  flags?: number;
  lat: number;
  lon: number;
  age?: number;
}

function frame(kind: number, now_ms: number, rows: Row[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(16 + 16 * rows.length));
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint32(4, rows.length, true);
  view.setBigInt64(8, BigInt(now_ms), true);
  rows.forEach((row, i) => {
    const at = 16 + 16 * i;
    view.setUint32(at, row.index + (row.flags ?? 0) * 2 ** 24, true);
    view.setInt32(at + 4, Math.round(row.lat * 1e7), true);
    view.setInt32(at + 8, Math.round(row.lon * 1e7), true);
    view.setUint8(at + 12, 60);
    view.setUint8(at + 13, 255);
    view.setUint16(at + 14, row.age ?? 0, true);
  });
  return view.buffer;
}

describe("positions", () => {
  it("reads what docs/protocols.md writes, south and west included", () => {
    const positions = new Positions();
    const taken = positions.take(frame(0, 1_700_000_000_000, [{ index: 3, flags: FLAG_STALE, lat: -33.4, lon: -70.6, age: 90 }]));
    expect(taken).toBe(1);
    expect(positions.lat_deg[3]).toBeCloseTo(-33.4, 6);
    expect(positions.lon_deg[3]).toBeCloseTo(-70.6, 6);
    expect(positions.flags[3]).toBe(FLAG_STALE);
    expect(positions.taken_ms[3]).toBe(1_700_000_000_000 - 90_000);
    expect(positions.has(2)).toBe(false);
  });

  it("keeps the others on a frame of those that moved, and forgets them on a frame of all", () => {
    const positions = new Positions();
    positions.take(frame(0, 1e12, [{ index: 0, lat: 1, lon: 1 }, { index: 999, lat: 2, lon: 2 }]));
    positions.take(frame(1, 1e12, [{ index: 0, lat: 1.5, lon: 1 }]));
    expect(positions.has(999)).toBe(true);
    expect(positions.lat_deg[0]).toBe(1.5);
    positions.take(frame(0, 1e12, [{ index: 0, lat: 1.5, lon: 1 }]));
    expect(positions.has(999)).toBe(false);
  });

  it("takes nothing from bytes that are no frame", () => {
    const positions = new Positions();
    const cut = frame(0, 1e12, [{ index: 0, lat: 1, lon: 1 }]).slice(0, 20);
    expect(positions.take(cut)).toBe(-1);
    expect(positions.take(new ArrayBuffer(3))).toBe(-1);
    expect(positions.take(new Uint8Array(64).fill(9).buffer)).toBe(-1);
    expect(positions.count).toBe(0);
  });
});
