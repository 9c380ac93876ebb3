import { describe, expect, it } from "vitest";
import type { CrewTask } from "../src/api";
import { readCommand } from "../src/commandline";
import { parseCoordinates } from "../src/coordinates";
import { foreseen, verdict, type Press } from "../src/outbox";

describe("coordinates in any form", () => {
  it.each([
    ["55°45'20.9\"N 37°37'03.6\"E", 55.755806, 37.617667],
    ["55° 45′ 20,9″ с.ш., 37° 37′ 3,6″ в.д.", 55.755806, 37.617667],
    ["N55.7558 E37.6177", 55.7558, 37.6177],
    ["37.6177 в. д. 55.7558 с. ш.", 55.7558, 37.6177],
    ["33,45 ю.ш. 70,66 з.д.", -33.45, -70.66],
    ["55,7558, 37,6177", 55.7558, 37.6177],
    ["55°45.348' 37°37.06'", 55.7558, 37.617667],
    ["(55.7558, 37.6177)", 55.7558, 37.6177],
    ["https://www.openstreetmap.org/#map=17/55.7558/37.6177", 55.7558, 37.6177],
    ["https://yandex.ru/maps/?ll=37.6177%2C55.7558&z=16", 55.7558, 37.6177],
    ["geo:55.7558,37.6177", 55.7558, 37.6177],
  ])("reads %s", (text, lat, lon) => {
    const found = parseCoordinates(text);
    expect(found?.lat_deg).toBeCloseTo(lat, 5);
    expect(found?.lon_deg).toBeCloseTo(lon, 5);
  });
  it.each(["Ленина 5, 12", "8 16", "8, 16", "55.7 N 37.6 N", "55°75' 37°10'", "улица 1905 года, 10", "12 к. 2"])("does not take %j for coordinates", (text) => {
    expect(parseCoordinates(text)).toBeNull();
  });
});

describe("the command line", () => {
  it.each([
    ["s 12 7", { act: "send", call: "12", crew: "7" }],
    ["ы 12 7", { act: "send", call: "12", crew: "7" }],
    ["s № 12 7", { act: "send", call: "12", crew: "7" }],
    ["f 7", { act: "follow", crew: "7" }],
    ["n", { act: "new", address: "" }],
    ["n Ленина 5", { act: "new", address: "Ленина 5" }],
    ["?Ленина 5", { act: "address", text: "Ленина 5" }],
    ["? Ленина", { act: "address", text: "Ленина" }],
    ["сосновая 5", { act: "search", text: "сосновая 5" }],
    ["12", { act: "search", text: "12" }],
  ])("reads %j", (line, command) => {
    expect(readCommand(line)).toEqual(command);
  });
});

const task = {
  now_ms: 0,
  speed: 1,
  ready_ms: null,
  unit: { id: "7", index: 0, call_sign: "7", crew_kind: "doctor", vehicle_class: "B", substation: null, duty: "on", state: "notified", state_since_ms: 0, assignment: "a", incident: "i" },
  assignment: { id: "a", incident: "i", unit: "7", status: "notified", times: { notified: 0 }, learned: {}, hospital: null, eta_s: null, override_reason: null, recommended_rank: 1, by: "" },
  incident: null,
} as CrewTask;
const press = (status: "acknowledged" | "cleared", at_ms: number, assignment = "a"): Press => ({ command_id: status, at_ms, path: "", body: { status }, assignment });

describe("what a crew presses without a network", () => {
  it("counts at once, with its own time, and leaves the original alone", () => {
    const seen = foreseen(task, [press("acknowledged", 5)]);
    expect([seen.assignment?.status, seen.assignment?.times.acknowledged, seen.unit.state]).toEqual(["acknowledged", 5, "acknowledged"]);
    expect(task.assignment?.status).toBe("notified");
  });
  it("frees the crew when it clears, and does not touch another assignment", () => {
    expect(foreseen(task, [press("cleared", 9)]).assignment).toBeNull();
    expect(foreseen(task, [press("cleared", 9, "other")])).toEqual(task);
  });
  it("is kept while the line, the service or the session is down, and dropped when refused", () => {
    expect([0, 401, 429, 500, 503].map(verdict)).toEqual(Array(5).fill("keep"));
    expect([200, 201, 204].map(verdict)).toEqual(Array(3).fill("done"));
    expect([400, 403, 404, 409, 422].map(verdict)).toEqual(Array(5).fill("refused"));
  });
});
