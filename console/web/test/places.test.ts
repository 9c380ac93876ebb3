// Days of the region's zone; how far a silent unit may be.
import { describe, expect, it } from "vitest";
import { FLAG_ESTIMATED, FLAG_PARKED, FLAG_PHONE, FLAG_STALE, FLAG_SUSPECT, Positions } from "../src/frames";
import { reach_m } from "../src/map/reach";
import { dayOf, instantOf } from "../src/zones";

describe("a day of the region's zone", () => {
  it("begins at the zone's midnight, whatever the browser's", () => {
    expect(instantOf("2026-11-21", 0, "Asia/Yekaterinburg")).toBe(Date.UTC(2026, 10, 20, 19));
    expect(dayOf(Date.UTC(2026, 10, 20, 19, 5), "Asia/Yekaterinburg")).toEqual({ date: "2026-11-21", minute: 5 });
  });
  it("comes back to every minute, over a change of the clocks too", () => {
    for (let at = Date.UTC(2026, 2, 28, 20); at < Date.UTC(2026, 2, 29, 8); at += 60_000 * 7) {
      const { date, minute } = dayOf(at, "Europe/Berlin");
      expect(instantOf(date, minute, "Europe/Berlin")).toBe(at);
    }
  });
});

describe("how far a unit may be by now", () => {
  // The same table as in tests/console/test_reach.py, where the service's own rule answers.
  it.each([
    [0, 0, 15],
    [20, 0, 815],
    [120, FLAG_STALE, 4815],
    [120, FLAG_PARKED, 2415],
    [40, FLAG_PARKED, 1615],
    [600, FLAG_SUSPECT, 24_015],
    [20, FLAG_ESTIMATED | FLAG_PHONE, 815],
    [90_000, FLAG_STALE, 50_000],
  ])("after %d s with flags %d: %d m", (age_s, flags, metres) => {
    expect(reach_m(age_s, flags)).toBe(metres);
  });
});

describe("positions of a past minute", () => {
  it("replace all that was there", () => {
    const positions = new Positions();
    const row = { index: 3, lat_deg: 56, lon_deg: 60, taken_ms: 1000, course_deg: null, speed_mps: 10 };
    positions.put([row, { ...row, index: 300, course_deg: 359.9 }]);
    expect([positions.has(3), positions.has(300), positions.speed[3], positions.course[3], positions.course[300]]).toEqual([true, true, 20, 255, 0]);
    positions.put([{ ...row, index: 300 }]);
    expect([positions.has(3), positions.has(300)]).toEqual([false, true]);
  });
});
