import { describe, expect, it } from "vitest";
import { backoff, EMPTY_PICTURE, feedPath, reduce, type Picture } from "../src/feed";
import type { EventFrame, SnapshotFrame } from "../src/frames";
import type { IncidentView } from "../src/views";

const call = (id: string, ended_at_ms: number | null = null): IncidentView => ({
  id,
  number: 1,
  phase: ended_at_ms === null ? "waiting" : "closed",
  place: { label: "", lat_deg: 0, lon_deg: 0 },
  reason: "fever",
  priority: 2,
  phone: null,
  patient: null,
  note: null,
  called_at_ms: 0,
  created_at_ms: 0,
  norm_ends_ms: 1_200_000,
  arrived_at_ms: null,
  ended_at_ms,
  outcome: null,
  assignments: [],
  source: "phone",
});

const snapshot: SnapshotFrame = {
  t: "snapshot",
  epoch: "e:1",
  seq: 41,
  now_ms: 1_000_000,
  speed: 4,
  incidents: [call("a")],
  units: [],
  assignments: [],
  degraded: [],
  demo: null,
};
const event = (seq: number, incidents: IncidentView[] = []): EventFrame => ({
  t: "event",
  seq,
  kind: "x",
  at_ms: 0,
  incidents,
  units: [],
  assignments: [],
});
const started = (): Picture => reduce(EMPTY_PICTURE, snapshot, 500).picture;

describe("the picture", () => {
  it("takes events in order and leaves out what it already has", () => {
    const once = reduce(started(), event(42, [call("b")]), 600);
    expect(once.gap).toBe(false);
    expect([...once.picture.incidents.keys()]).toEqual(["a", "b"]);
    const twice = reduce(once.picture, event(42, [call("c")]), 700);
    expect(twice.picture).toBe(once.picture);
  });

  it("asks again where events are missing, from where it stands", () => {
    const reduced = reduce(started(), event(44, [call("b")]), 600);
    expect(reduced.gap).toBe(true);
    expect(reduced.picture.incidents.has("b")).toBe(false);
    expect(feedPath(reduced.picture)).toBe("/feed?since=e%3A1%3A41");
  });

  it("takes a pulse that is ahead for a gap only when the next one is, too", () => {
    const pulse = { t: "pulse", now_ms: 1_004_000, seq: 42 } as const;
    const first = reduce(started(), pulse, 1500);
    expect(first.gap).toBe(false);
    expect(reduce(first.picture, pulse, 3500).gap).toBe(true);
    const caughtUp = reduce(first.picture, event(42), 1600);
    expect(reduce(caughtUp.picture, pulse, 3500).gap).toBe(false);
  });

  it("keeps only the latest of the calls that ended", () => {
    let picture = started();
    for (let seq = 42; seq < 442; seq += 1) picture = reduce(picture, event(seq, [call(`done ${seq}`, seq)]), seq).picture;
    expect(picture.incidents.has("a")).toBe(true);
    expect(picture.incidents.has("done 441")).toBe(true);
    expect(picture.incidents.has("done 42")).toBe(false);
    expect(picture.incidents.size).toBeLessThan(310);
  });

  it("leaves a frame of a kind that it does not know alone", () => {
    const strange = { t: "novelty" } as unknown as EventFrame;
    const before = started();
    expect(reduce(before, strange, 1).picture).toBe(before);
  });
});

describe("coming back", () => {
  it("waits half a second at first, five at most, and not in step", () => {
    expect(backoff(0, 0)).toBe(500);
    expect(backoff(20, 1)).toBe(5000);
    expect(backoff(20, 0)).toBeLessThan(backoff(20, 0.9));
  });
});
