// Coordinates in every form that people paste; days of the region's zone; how far a silent unit may be.
import { describe, expect, it } from "vitest";
import { parseCoordinates } from "../src/coordinates";
import { FLAG_ESTIMATED, FLAG_PARKED, FLAG_PHONE, FLAG_STALE, FLAG_SUSPECT, Positions } from "../src/frames";
import { reach_m } from "../src/map/reach";
import { dayOf, instantOf } from "../src/zones";

describe("pasted coordinates", () => {
  it.each([
    "55.7558, 37.6173",
    "55.7558 37.6173",
    "55.7558,37.6173",
    "(55.7558, 37.6173)",
    "55,7558 37,6173",
    "55,7558, 37,6173",
    "55,7558; 37,6173",
    "55.7558° с.ш., 37.6173° в.д.",
    "55.7558N 37.6173E",
    "N55.7558 E37.6173",
    "37.6173 в. д. 55.7558 с. ш.",
    "55°45'20.88\"N 37°37'2.28\"E",
    "55°45′20.88″ с. ш. 37°37′2.28″ в. д.",
    "55°45.348' 37°37.038'",
    "https://www.google.com/maps/@55.7558,37.6173,17z",
    "https://www.google.com/maps/place/X/@55.1,37.1,17z/data=!3m1!4b1!4m6!3m5!1s0x0!8m2!3d55.7558!4d37.6173",
    "https://maps.google.com/?q=55.7558,37.6173",
    "https://www.google.com/maps/search/?api=1&query=55.7558%2C37.6173",
    "https://yandex.ru/maps/213/moscow/?ll=37.6173%2C55.7558&z=17",
    "https://yandex.ru/maps/?ll=37.1%2C55.1&whatshere%5Bpoint%5D=37.6173%2C55.7558&whatshere%5Bzoom%5D=17",
    "https://yandex.ru/maps/?text=55.7558,37.6173",
    "https://yandex.ru/maps/?rtext=55.1,37.1~55.7558,37.6173&rtt=auto",
    "https://yandex.ru/maps/?pt=37.6173,55.7558&z=18&l=map",
    "https://2gis.ru/moscow/geo/37.6173,55.7558",
    "https://2gis.ru/moscow?m=37.6173%2C55.7558%2F17",
    "https://www.openstreetmap.org/#map=17/55.7558/37.6173",
    "https://www.openstreetmap.org/?mlat=55.7558&mlon=37.6173#map=12/55.1/37.1",
    "geo:55.7558,37.6173?z=17",
  ])("reads %s", (text) => {
    const found = parseCoordinates(text);
    expect(found?.lat_deg).toBeCloseTo(55.7558, 5);
    expect(found?.lon_deg).toBeCloseTo(37.6173, 5);
  });
  it.each(["https://example.org/?q=street", "https://yandex.ru/maps/?ll=37,55", "Ленина 5", "8 16", "?q=999.5,10.5", "100%"])("takes %j for none", (text) => {
    expect(parseCoordinates(text)).toBeNull();
  });
});

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
