import { describe, expect, it } from "vitest";
import { everybodys, isAlarmShown, isCallRung, isManned, isShown, minesOf, viewsOf, type Desks } from "../src/deskqueue";
import type { Mark, Post } from "../src/deskviews";
import { EMPTY_PICTURE, reduce } from "../src/feed";
import type { AlarmView, IncidentView } from "../src/views";

const post = (workplace: string, user: string | null, silent_ms: number | null = null): Post => ({ workplace, user, name: user, since_ms: 0, silent_ms });
const centre = (...posts: Post[]): Desks => ({
  workplaces: [
    { id: "senior", ru: "", en: "", kind: "senior", zones: [] },
    { id: "west", ru: "", en: "", kind: "zone", zones: ["w"] },
    { id: "east", ru: "", en: "", kind: "zone", zones: ["e"] },
    { id: "doctor", ru: "", en: "", kind: "doctor", zones: [] },
  ],
  posts: new Map(posts.map((each) => [each.workplace, each])),
  user: "anna",
});
const call = (owner: string, priority: 1 | 2 | 3 = 2, phase: IncidentView["phase"] = "waiting"): IncidentView =>
  ({ id: owner, owner, priority, phase }) as IncidentView;
const alarm = (kind: string, owner: string): AlarmView => ({ kind, owner }) as AlarmView;
const mark = (name: string): Mark => ({ name, incident: "", assignment: null, unit: null, since_ms: 0, over_s: 1, loud: false });

describe("whose queue is looked at", () => {
  const both = centre(post("west", "anna"), post("east", "boris"), post("senior", "vera"), post("doctor", "olga"));

  it("shows one's own calls, and a colleague's only on request", () => {
    expect(minesOf(both)).toEqual(["west"]);
    expect(isShown(call("west"), "mine", both, [])).toBe(true);
    expect(isShown(call("east"), "mine", both, [])).toBe(false);
    expect(isShown(call("east"), "east", both, [])).toBe(true);
    expect(isShown(call("east"), "all", both, [])).toBe(true);
  });

  it("never hides danger to life that nobody goes to, nor what lies where nobody is", () => {
    for (const view of ["mine", "west", "east", "doctor", "all"]) {
      expect(isShown(call("east", 1), view, both, [])).toBe(true);
      for (const gone of [centre(post("west", "anna")), centre(post("west", "anna"), post("east", "boris", 7))]) {
        expect(isShown(call("east"), view, gone, [])).toBe(true);
        expect(everybodys(call("east"), gone)).toBe(true);
      }
    }
    expect(isShown(call("east", 1, "assigned"), "mine", both, [])).toBe(false);
  });

  it("shows everything to who sits nowhere", () => {
    expect(isShown(call("east"), "mine", centre(post("east", "boris")), [])).toBe(true);
  });

  it("asks the senior doctor about long stays", () => {
    const doctor = { ...both, user: "olga" };
    expect(isShown(call("east", 2, "on_scene"), "mine", doctor, [mark("late")])).toBe(false);
    expect(isShown(call("east", 2, "on_scene"), "mine", doctor, [mark("on_scene_long")])).toBe(true);
  });

  it("goes round one's own, all, and the desks that have calls or somebody", () => {
    expect(viewsOf(both, [])).toEqual(["mine", "all", "senior", "east", "doctor"]);
    expect(viewsOf(centre(), ["senior"])).toEqual(["all", "senior"]);
  });
});

describe("which alarms stand here", () => {
  const both = centre(post("west", "anna"), post("east", "boris", null), post("senior", "vera", 5));

  it("those of one's own desk, of a desk where nobody is, and every cry for help", () => {
    expect(isAlarmShown(alarm("not_moving", "west"), both)).toBe(true);
    expect(isAlarmShown(alarm("not_moving", "east"), both)).toBe(false);
    expect(isAlarmShown(alarm("desk_silent", "senior"), both)).toBe(true);
    expect(isAlarmShown(alarm("panic", "east"), both)).toBe(true);
    expect(isCallRung(call("east", 1), both)).toBe(false);
    expect(isCallRung(call("senior", 1), both)).toBe(true);
  });
});

describe("who is where, by the feed", () => {
  const snapshot = { t: "snapshot", epoch: "e", seq: 1, now_ms: 0, speed: 1, incidents: [], units: [], assignments: [], degraded: [], demo: null } as const;

  it("comes whole in a snapshot, and desk by desk in events", () => {
    const first = reduce(EMPTY_PICTURE, { ...snapshot, incidents: [], units: [], assignments: [], degraded: [], posts: [post("west", "anna"), post("east", null)] }, 0).picture;
    const next = reduce(first, { t: "event", seq: 2, kind: "shift_opened", at_ms: 0, incidents: [], units: [], assignments: [], posts: [post("east", "boris")] }, 0).picture;
    const desks = { ...centre(), posts: next.posts };
    expect([isManned(desks, "west"), isManned(desks, "east"), isManned(desks, "senior")]).toEqual([true, true, false]);
    const left = reduce(next, { t: "event", seq: 3, kind: "shift_ended", at_ms: 0, incidents: [], units: [], assignments: [], posts: [post("west", null)] }, 0).picture;
    expect(isManned({ ...desks, posts: left.posts }, "west")).toBe(false);
  });
});
