// The dispatch centre as the page knows it: who is where, which queue is looked at, and what is in it.
import { computed, signal } from "@preact/signals";
import { isShown, minesOf, viewsOf, type Desks, type QueueView } from "./deskqueue";
import type { Mark, Post, Workplace } from "./deskviews";
import { lang } from "./settings";
import { picture, queue, region, session } from "./store";

export const desks = computed<Desks>(() => ({
  workplaces: region.value?.workplaces ?? [],
  posts: picture.value.posts,
  user: session.value?.user ?? "",
}));

/** The workplaces at which the person at this screen sits. */
export const myDesks = computed(() => minesOf(desks.value));

/** Whether one is on duty with calls, and somebody else is there to take them. */
export const mayHandOver = computed(
  () =>
    queue.value.some((row) => myDesks.value.includes(row.incident.owner ?? "")) &&
    [...picture.value.posts.values()].some((post) => post.user !== null && post.user !== desks.value.user && post.silent_ms === null),
);

/** What was chosen to be looked at; null: one's own while one is on duty, else all. */
const chosenView = signal<QueueView | null>(null);

export const queueView = computed<QueueView>(() => {
  const mine = myDesks.value.length > 0;
  const wanted = chosenView.value ?? "mine";
  return wanted === "mine" && !mine ? "all" : wanted;
});

export function lookAt(view: QueueView): void {
  chosenView.value = view;
}

export const deskViews = computed(() => viewsOf(desks.value, queue.value.map((row) => row.incident.owner ?? "")));

/** Look at the next queue, or the one before. */
export function nextView(step: 1 | -1): void {
  const views = deskViews.peek();
  const at = views.indexOf(queueView.peek());
  lookAt(views[(at + step + views.length) % views.length] ?? "all");
}

/** What takes too long, by call. */
export const marksByCall = computed(() => {
  const found = new Map<string, Mark[]>();
  for (const mark of picture.value.marks) found.set(mark.incident, [...(found.get(mark.incident) ?? []), mark]);
  return found;
});

/** The queue that is looked at. */
export const shownQueue = computed(() => {
  const view = queueView.value;
  return queue.value.filter((row) => isShown(row.incident, view, desks.value, marksByCall.value.get(row.incident.id) ?? []));
});

export function deskOf(id: string | undefined): Workplace | undefined {
  return desks.value.workplaces.find((desk) => desk.id === id);
}

export function deskName(id: string | undefined): string {
  return deskOf(id)?.[lang.value] ?? id ?? "";
}

export function postOf(id: string | undefined): Post | null {
  const post = desks.value.posts.get(id ?? "");
  return post?.user == null ? null : post;
}

export const deskSheetOpen = signal(false);
/** The call whose hand-over is being asked for. */
export const handingOver = signal<string | null>(null);
