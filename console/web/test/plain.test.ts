import { describe, expect, it } from "vitest";
import { boardRows, type BoardNames } from "../src/boardrows";
import { observeClock, serviceTime, startClock } from "../src/clock";
import { parseCoordinates } from "../src/coordinates";
import { queueOrder, remaining_s, type QueueRow } from "../src/queueorder";
import type { AssignmentView, IncidentView, UnitView } from "../src/views";

describe("the service's clock", () => {
  it("runs at the service's speed and follows the frame that was delayed least", () => {
    let clock = startClock(1_000_000, 10, 0);
    clock = observeClock(clock, 1_019_000, 2000); // 100 ms late by our clock
    expect(serviceTime(clock, 2000)).toBe(1_020_000);
    clock = observeClock(clock, 1_045_000, 4000); // less delayed than the first
    expect(serviceTime(clock, 5000)).toBe(1_055_000);
  });
});

describe("coordinates", () => {
  it.each([
    ["55.9, 60.6", 55.9, 60.6],
    ["55.9 60.6", 55.9, 60.6],
    ["55,9 60,6", 55.9, 60.6],
    ["-33.45;-70.66", -33.45, -70.66],
  ])("reads %s", (text, lat, lon) => {
    expect(parseCoordinates(text)).toEqual({ lat_deg: lat, lon_deg: lon });
  });
  it.each(["Ленина 5", "8 16", "95.5, 10", "10.5, 190", ""])("does not take %j for coordinates", (text) => {
    expect(parseCoordinates(text)).toBeNull();
  });
});

const row = (id: string, priority: 1 | 2 | 3, called_at_ms: number, assignments: Partial<AssignmentView>[] = [], arrived: number | null = null): QueueRow => ({
  incident: { id, priority, called_at_ms, norm_ends_ms: called_at_ms + 1_200_000, arrived_at_ms: arrived } as IncidentView,
  assignments: assignments as AssignmentView[],
});

describe("the queue", () => {
  it("puts priority first, then what runs out first, then those with a crew on scene", () => {
    const rows = [
      row("old urgent", 3, 0),
      row("arrived", 1, 0, [], 60_000),
      row("new danger", 1, 500_000),
      row("old danger", 1, 100_000),
    ];
    rows.sort((a, b) => queueOrder(a, b, 600_000));
    expect(rows.map((each) => each.incident.id)).toEqual(["old danger", "new danger", "old urgent", "arrived"]);
  });

  it("counts the way that is still to be driven as time that has run out", () => {
    const sent = row("sent", 1, 0, [{ id: "a1", status: "en_route", eta_s: 600, times: { notified: 100_000 } }]);
    expect(remaining_s(sent, 400_000)).toBe(1200 - 400 - (600 - 300));
    const seen = { ...sent, arrivals: { a1: { due_ms: 460_000, p90_ms: 500_000, degraded: false } } };
    expect(remaining_s(seen, 400_000)).toBe(1200 - 400 - 60); // by where the crew is now
    expect(remaining_s(row("arrived", 1, 0, [], 1), 400_000)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the board", () => {
  const unit = (call_sign: string, state: UnitView["state"], substation: string): UnitView =>
    ({ id: call_sign, call_sign, state, substation, crew_kind: "doctor" }) as UnitView;
  const names: BoardNames = {
    substation: (id) => `Подстанция ${id}`,
    state: (each) => each.state,
    kind: (id) => id,
    stateRank: (each) => (each.state === "free" ? 0 : 1),
    age: (each) => Number(each.call_sign),
  };
  const units = [unit("10", "free", "2"), unit("9", "en_route", "10"), unit("2", "free", "10")];

  it("groups by base in the order of numbers, free crews first", () => {
    const rows = boardRows(units, "", "substation", names);
    expect(rows.map((each) => ("unit" in each ? each.unit.call_sign : each.group))).toEqual([
      "Подстанция 2",
      "10",
      "Подстанция 10",
      "2",
      "9",
    ]);
  });

  it("filters by every word and sorts by the age of the fix", () => {
    expect(boardRows(units, "free 10", "age", names).map((each) => ("unit" in each ? each.unit.call_sign : ""))).toEqual(["10", "2"]);
  });
});
