import { describe, expect, it } from "vitest";
import { likeOf, MOST_SHOWN, mostShown, stripOf } from "../src/alarmorder";
import type { AlarmView, IncidentView } from "../src/views";

const KINDS = ["panic", "crash", "spoofing", "two_places", "not_acknowledged", "not_moving", "on_scene_long", "call_back", "desk_silent"];

/** Repeatable numbers from 0 to below 1: the same seed, the same strip. */
function dice(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function alarm(id: string, kind: string, unit: string, raised_ms: number, acknowledged_ms: number | null): AlarmView {
  return { id, kind, unit, units: [unit], units_total: 1, raised_ms, acknowledged_ms, owner: "dispatch" } as unknown as AlarmView;
}

const call = (id: string, priority: number): IncidentView => ({ id, priority }) as unknown as IncidentView;

/** Alarms and calls as they come when everything goes wrong at once. */
function storm(seed: number, count: number): { open: AlarmView[]; calls: IncidentView[] } {
  const roll = dice(seed);
  const any = <T>(several: readonly T[]): T => several[Math.floor(roll() * several.length)]!;
  const open = Array.from({ length: count }, (_, i) => {
    const about = roll() < 0.2 ? "" : `u${Math.floor(roll() * 40)}`;
    return alarm(`a${i}`, any(KINDS), about, Math.floor(roll() * 1e6), roll() < 0.3 ? 5 : null);
  });
  return { open, calls: Array.from({ length: Math.floor(roll() * 30) }, (_, i) => call(`c${i}`, any([1, 2, 3]))) };
}

describe("the alarm strip", () => {
  it("has a crew's panic above all, a crash next, danger to life before all that can wait", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { open, calls } = storm(seed, seed);
      const strip = stripOf(open, calls);
      const ranks = strip.map((each) => ("call" in each ? (each.call.priority === 1 ? 2 : 9) : each.unit.kind === "panic" ? 0 : each.unit.kind === "crash" ? 1 : 9));
      const grave = ranks.filter((each) => each < 9);
      expect(ranks.slice(0, grave.length)).toEqual([...grave].sort());
    }
  });

  it("drops nothing that nobody has acknowledged, and shows nothing that somebody has", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { open, calls } = storm(seed, seed);
      const strip = stripOf(open, calls);
      const likes = new Set(open.filter((each) => each.acknowledged_ms === null).map(likeOf));
      expect(new Set(strip.flatMap((each) => ("unit" in each ? [likeOf(each.unit)] : [])))).toEqual(likes);
      expect(strip.filter((each) => "call" in each).map((each) => each.id).sort()).toEqual(calls.map((each) => each.id).sort());
      expect(strip.reduce((sum, each) => sum + ("unit" in each ? each.alike : 0), 0)).toBe(open.filter((each) => each.acknowledged_ms === null).length);
    }
  });

  it("is bounded by kinds and crews under ten thousand alarms, with the panic in what is shown", () => {
    const { open, calls } = storm(7, 10_000);
    const strip = stripOf([...open, alarm("last", "panic", "u99", 2e6, null)], calls);
    expect(strip.length).toBeLessThanOrEqual(KINDS.length * 42 + calls.length);
    const { open: others } = storm(8, 10_000);
    const quiet = others.filter((each) => each.kind !== "panic" && each.kind !== "crash");
    const shown = stripOf([...quiet, alarm("last", "panic", "u99", 0, null)], calls).slice(0, MOST_SHOWN);
    expect(shown[0]?.id).toBe("last");
    const dying = calls.filter((each) => each.priority === 1).slice(0, MOST_SHOWN - 1);
    expect(shown.slice(1, 1 + dying.length).map((each) => each.id)).toEqual(dying.map((each) => each.id));
  });

  it("leaves most of a small window to the work", () => {
    const grave = stripOf(Array.from({ length: 20 }, (_, i) => alarm(`a${i}`, "panic", `u${i}`, i, null)), []);
    const other = stripOf(Array.from({ length: 20 }, (_, i) => alarm(`a${i}`, "not_moving", `u${i}`, i, null)), []);
    const windows = [[1280, 720], [1920, 1080], [640, 360], [400, 200]] as const;
    expect(windows.map(([width, height]) => mostShown(grave, width, height))).toEqual([9, 9, 2, 2]);
    expect(windows.map(([width, height]) => mostShown(other, width, height))).toEqual([3, 4, 2, 2]);
    expect(mostShown([...grave.slice(0, 5), ...other], 1280, 720)).toBe(5);
  });
});
