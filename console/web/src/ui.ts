// What is open on this workplace just now. Nothing here is known to the service.
import { signal } from "@preact/signals";
import { selectedIncident, selectedUnit } from "./store";

export const PAGES = ["console", "reports", "crew", "wall", "hospital", "map", "board", "past", "resources"] as const;
export type Page = (typeof PAGES)[number];

const parts = (hash: string): string[] => (hash.split("?")[0] ?? "").split("/");
const pageOf = (hash: string): Page => PAGES.find((each) => each === parts(hash)[1]) ?? "console";
/** What stands behind the page's name: the hospital of `#/hospital/h1`. */
export const pageArgument = (): string | null => parts(location.hash)[2] ?? null;

export const page = signal<Page>(pageOf(location.hash));
window.addEventListener("hashchange", () => {
  page.value = pageOf(location.hash);
});

export function go(next: Page): void {
  location.hash = next === "console" ? "#/" : `#/${next}`;
}

export const formOpen = signal(false);
export const helpOpen = signal(false);
export const searchOpen = signal(false);
/** Whether the recommendation takes the focus as soon as it is there. */
export const focusRecommendation = signal(false);
export interface Point {
  lat_deg: number;
  lon_deg: number;
}
/** A point clicked on the map while the call form is open: the map writes, the form reads. */
export const clickedPoint = signal<Point | null>(null);
/** Where the call that is being written down lies: the form writes, the map shows. */
export const draftPoint = signal<Point | null>(null);
/** Asks the map to go somewhere; the number makes each wish a new one. */
export const mapWish = signal<{ to: MapWish; n: number }>({ to: "city", n: 0 });
export const mapState = signal<"loading" | "ready" | "no-tiles" | "no-webgl" | "failed">("loading");
/** The number of the call that was last created here. */
export const created = signal<number | null>(null);
/** The last refusal that has no better place to be shown. */
export const notice = signal<string | null>(null);

/** An address that the next call form begins with. */
export const formAddress = signal("");
/** Whether the coverage lies over the map, and what share of the addresses is reached within the norm. */
export const coverageOn = signal(false);
export const coverageShare = signal<number | null>(null);
/** While it is set, a stroke on the map closes the roads under it. */
export const drawingClosure = signal(false);
/** The call whose crews' tracks are played back. */
export const replayOpen = signal<string | null>(null);

export function openForm(address = ""): void {
  formAddress.value = address;
  formOpen.value = true;
}

export function selectCall(id: string | null): void {
  selectedIncident.value = id;
  selectedUnit.value = null;
  formOpen.value = false;
}

export function selectUnit(id: string | null): void {
  selectedUnit.value = id;
}

/** `drive`: the chosen call and its crew, again and again while the crew drives. */
export type MapWish = "choice" | "unit" | "city" | "draft" | "follow" | "replay" | "drive";

export function wishMap(to: MapWish): void {
  mapWish.value = { to, n: mapWish.peek().n + 1 };
}
