// The reports' plain parts: addresses, days in a zone, bars, the worst hour, changes in words.
import { describe, expect, it } from "vitest";
import { asked, read, write } from "../src/reports/address";
import { addDays, beginOf, dayAt, dayOfNumber, daysOf, monthOfNumber, periodOf, stepped, type Kind } from "../src/reports/period";

const TODAY = "2026-11-22";

describe("the address", () => {
  it("reads back what it wrote", () => {
    const first = read("#/reports/calls?p=own&from=2026-11-01&to=2026-11-07&i=turnout&crews=each&substation=s1&substation=&hour=18&late=turnout&why=missing&norm=25", TODAY);
    expect(first.only).toEqual({ substation: ["s1", ""], hour: ["18"] });
    expect(first.norm).toBe(25);
    expect(read(write(first), TODAY)).toEqual(first);
  });

  it("takes what cannot be meant for what is usual, and breaks on nothing", () => {
    const found = read("#/reports/elsewhere?p=century&from=tomorrow&i=patience&crews=some&norm=-3&by=colour&late=soon", TODAY);
    expect(found).toMatchObject({ view: "overview", interval: "response", crews: "first", norm: null, by: [], late_by: "" });
    expect(found.period).toEqual({ kind: "weeks", from: "2026-10-26", to: TODAY });
  });

  it("asks the service for the same filters that are shown", () => {
    const shown = read("#/reports/calls?p=own&from=2026-11-01&to=2026-11-01&hour=18&late=response", TODAY);
    const query = new URLSearchParams(asked(shown, (day) => beginOf(day, "Europe/Moscow"), addDays(shown.period.to, 1), { limit: "5" }));
    expect(query.get("from_ms")).toBe(String(Date.UTC(2026, 9, 31, 21)));
    expect(query.get("to_ms")).toBe(String(Date.UTC(2026, 10, 1, 21)));
    expect([query.get("hour"), query.get("late_by"), query.get("limit"), query.get("crews")]).toEqual(["18", "response", "5", "first"]);
  });

  it("keeps the filters of a list out of the figures", () => {
    const shown = { ...read("#/reports/calls?late=response&why=missing", TODAY), view: "overview" as const };
    expect(asked(shown, () => 0, TODAY)).not.toMatch(/late_by|why/);
  });
});

describe("periods", () => {
  it("are whole weeks, months and years of the calendar", () => {
    const of = (kind: Kind): [string, string] => {
      const { from, to } = periodOf(kind, "2024-02-29");
      return [from, to];
    };
    expect(of("week")).toEqual(["2024-02-26", "2024-03-03"]);
    expect(of("month")).toEqual(["2024-02-01", "2024-02-29"]);
    expect(of("year")).toEqual(["2024-01-01", "2024-12-31"]);
    expect(of("weeks")).toEqual(["2024-02-02", "2024-02-29"]);
  });

  it("step to their neighbours and back", () => {
    for (const kind of ["day", "week", "weeks", "month", "year", "own"] as const) {
      const here = kind === "own" ? { kind, from: "2026-03-05", to: "2026-03-09" } : periodOf(kind, "2026-03-31");
      const back = stepped(here, -1);
      expect(addDays(back.to, 1)).toBe(here.from);
      expect(stepped(back, 1)).toEqual(here);
      expect(daysOf(back)).toBeGreaterThan(0);
    }
  });

  it("begin at the zone's midnight, also on the days when its clock changes", () => {
    expect(beginOf("2026-11-22", "Asia/Yekaterinburg")).toBe(Date.UTC(2026, 10, 21, 19));
    expect(beginOf("2026-03-29", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 28, 23));
    expect(beginOf("2026-03-30", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 22));
    expect(dayAt(Date.UTC(2026, 2, 28, 23), "Europe/Berlin")).toBe("2026-03-29");
  });

  it("have the warehouse's numbers for days and months", () => {
    expect(dayOfNumber(0)).toBe("1970-01-01");
    expect(dayOfNumber(20_000)).toBe("2024-10-04");
    expect(monthOfNumber(681)).toBe("2026-10");
  });
});
