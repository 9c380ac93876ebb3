// Several windows at one workplace: what is chosen in one is chosen in all.
import { batch } from "@preact/signals";
import { selectedIncident, selectedUnit, session } from "./store";
import { mapWish, page, type MapWish } from "./ui";

interface Choice {
  user: string;
  incident: string | null;
  unit: string | null;
  wish: { to: MapWish; n: number };
}

/** Listen to the other windows of this browser and tell them what is chosen here. */
export function shareChoice(): void {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel("skoraya.choice");
  let heard = "";
  const now = (): Choice => ({
    user: session.peek()?.user ?? "",
    incident: selectedIncident.peek(),
    unit: selectedUnit.peek(),
    wish: { to: mapWish.peek().to, n: mapWish.peek().n },
  });
  let waiting = false;
  const tell = (): void => {
    if (waiting) return;
    waiting = true;
    // Once a burst: a call and its unit are chosen one after the other.
    queueMicrotask(() => {
      waiting = false;
      const text = JSON.stringify(now());
      // A window of the past chooses for itself alone.
      if (text === heard || session.peek() == null || page.peek() === "past") return;
      heard = text;
      channel.postMessage(text);
    });
  };
  channel.onmessage = (message: MessageEvent<string>) => {
    if (message.data === heard || page.peek() === "past") return;
    const said = JSON.parse(message.data) as Choice;
    if (said.user !== session.peek()?.user) return;
    heard = message.data;
    batch(() => {
      selectedIncident.value = said.incident;
      selectedUnit.value = said.unit;
      if (said.wish.n !== mapWish.peek().n) mapWish.value = said.wish;
    });
  };
  for (const each of [selectedIncident, selectedUnit]) each.subscribe(tell);
  mapWish.subscribe(tell);
}
