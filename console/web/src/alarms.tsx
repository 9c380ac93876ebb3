// The alarm strip: what must be seen by a person. It persists, folds its like together, and goes when acknowledged.
import { computed, effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Address } from "./address";
import { likeOf, mostShown, stripOf, type Alarm } from "./alarmorder";
import { api } from "./api";
import { deskName, desks, deskSheetOpen } from "./desks";
import { isAlarmShown, isCallRung, nobodyGoes } from "./deskqueue";
import { journalDown_ms, JournalDown, journalUnseen, seeJournal } from "./journaldown";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { reasonText } from "./names";
import { Since } from "./parts";
import { words } from "./refusals";
import { play, ring, sound, stopRinging, switchSound } from "./shift";
import { incidents, picture, queue, selectedIncident, signOf } from "./store";
import { t, tCode } from "./texts";
import { go, notice, page, selectCall, selectUnit, wishMap } from "./ui";
import type { AlarmView } from "./views";

/** Calls that somebody at this workplace has seen: kept over a reload, and not for ever. */
const SEEN = "skoraya.seen";
const MOST_SEEN = 500;

function seenBefore(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(SEEN) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === "string") : [];
  } catch {
    return [];
  }
}

const seen = signal<readonly string[]>(seenBefore());

function markSeen(call: string): void {
  if (seen.peek().includes(call)) return;
  seen.value = [...seen.peek(), call].slice(-MOST_SEEN);
  try {
    sessionStorage.setItem(SEEN, JSON.stringify(seen.value));
  } catch {
    // storage may be forbidden: then it lasts as long as the page
  }
}

export const alarms = computed<Alarm[]>(() => {
  const rung = queue.value.map(({ incident }) => incident).filter((each) => nobodyGoes(each) && isCallRung(each, desks.value) && !seen.value.includes(each.id));
  return stripOf([...picture.value.alarms.values()].filter((each) => isAlarmShown(each, desks.value)), rung);
});

async function acknowledge(alarm: Alarm, open: boolean): Promise<void> {
  // What is opened stands on the desk, whatever is read in its window just now.
  if (open && page.peek() !== "console") go("console");
  if ("call" in alarm) {
    markSeen(alarm.call.id);
    if (open) selectCall(alarm.call.id);
    return;
  }
  const about = alarm.unit.evidence;
  if (open && about?.workplace !== undefined) deskSheetOpen.value = true;
  else if (open && alarm.unit.unit === "") selectCall(about?.incident ?? null);
  else if (open) {
    selectUnit(alarm.unit.unit);
    wishMap("unit");
  }
  const alike = [...picture.peek().alarms.values()].filter(
    (each) => each.acknowledged_ms === null && likeOf(each) === likeOf(alarm.unit),
  );
  try {
    for (const each of alike) await api.acknowledge(each.id);
  } catch (error) {
    notice.value = words(error);
  }
}

/** A call that is opened has been seen. */
effect(() => {
  const id = selectedIncident.value;
  if (id !== null) markSeen(id);
});

let before = new Set<string>();
effect(() => {
  // What is new is heard at once; what nobody has acknowledged is heard again and again.
  const now = new Set(alarms.value.map((each) => each.id));
  if ((now.size > 0 || journalUnseen.value) && sound.value === "on") ring();
  else stopRinging();
  before = now;
});

/** A short tone for each new call that is no alarm of its own. */
export function announceCall(): void {
  if (before.size === 0) play("call");
}

/** How many crews an alarm about several of them names before it counts. */
const NAMED = 4;

function whose(alarm: AlarmView): string {
  if (alarm.evidence?.workplace !== undefined) return `${deskName(alarm.evidence.workplace)} · ${alarm.evidence.note ?? ""}`;
  if (alarm.unit === "") return incidents.value.get(alarm.evidence?.incident ?? "")?.place.label ?? "";
  // A timer's alarm names the others in its evidence, a lie's in its units.
  const all = [...new Set([...alarm.units, ...(alarm.evidence?.peers ?? [])])];
  const total = Math.max(alarm.units_total, all.length);
  if (total < 2) return `${t("crew")} ${signOf(alarm.unit)}`;
  const named = all.slice(0, NAMED).map(signOf).join(", ");
  const more = total - Math.min(NAMED, all.length);
  return more > 0 ? t("crewsAndMore", { crews: named, n: more }) : t("crewsNamed", { crews: named });
}

function Chip({ alarm, first }: { alarm: Alarm; first: boolean }): JSX.Element {
  const title = "call" in alarm ? reasonText(alarm.call.reason) : tCode(`alarm_${alarm.unit.kind}`);
  return (
    <li class="alarm" data-testid={`alarm-${alarm.id}`}>
      <button type="button" class="alarmtext" onClick={() => void acknowledge(alarm, true)}>
        {first && <Key>G</Key>}
        <b>{title}</b>
        <span class="alarmwhere">
          {"call" in alarm ? (
            <Address label={alarm.call.place.label} />
          ) : (
            <span class="cut">
              {whose(alarm.unit)} {alarm.alike > 1 ? `× ${alarm.alike}` : ""}
            </span>
          )}
          <Since from_ms={"call" in alarm ? alarm.call.created_at_ms : alarm.unit.raised_ms} />
        </span>
      </button>
      <button type="button" class="alarmack" data-testid={first ? "alarm-ack" : undefined} onClick={() => void acknowledge(alarm, false)}>
        {t("acknowledge")} {first && <Key>⇧G</Key>}
      </button>
    </li>
  );
}

const sizeNow = (): [number, number] => [window.innerWidth, window.innerHeight];
const windowSize = signal(sizeNow());
window.addEventListener("resize", () => (windowSize.value = sizeNow()));

export function AlarmStrip(): JSX.Element | null {
  const next = (open: boolean): boolean => {
    if (journalUnseen.peek()) {
      seeJournal();
      return true;
    }
    const [first] = alarms.peek();
    if (!first) return false;
    void acknowledge(first, open);
    return true;
  };
  useKeys({ g: () => next(true), "⇧g": () => next(false) });
  useEffect(() => stopRinging, []);
  const strip = useRef<HTMLElement>(null);
  const shown = alarms.value.length > 0 || journalDown_ms.value !== null;
  // Sheets open below the strip, however many lines it has.
  useLayoutEffect(() => {
    const root = document.documentElement.style;
    const watching = new ResizeObserver(([entry]) => root.setProperty("--alarms", `${Math.ceil(entry?.contentRect.height ?? 0)}px`));
    if (strip.current) watching.observe(strip.current);
    return () => {
      watching.disconnect();
      root.removeProperty("--alarms");
    };
  }, [shown]);
  if (!shown) return null;
  const most = mostShown(alarms.value, ...windowSize.value);
  return (
    <section ref={strip} class="alarms" role="alert" aria-label={t("alarms")} data-testid="alarms">
      <ol>
        <JournalDown />
        {alarms.value.slice(0, most).map((alarm, i) => (
          <Chip key={alarm.id} alarm={alarm} first={i === 0 && !journalUnseen.value} />
        ))}
        {alarms.value.length > most && (
          <li class="alarm alarmsmore" data-testid="alarms-more">
            {t("alarmsMore", { n: alarms.value.length - most })}
          </li>
        )}
      </ol>
    </section>
  );
}

/** Begin the shift, or the sign that nothing is heard. */
export function SoundSwitch(): JSX.Element {
  const state = sound.value;
  return (
    <button
      type="button"
      class={state === "on" ? "quiet" : "silent"}
      data-testid="sound"
      data-state={state}
      onClick={switchSound}
    >
      {t(state === "on" ? "soundOn" : state === "muted" ? "soundMuted" : "startShift")} <Key>U</Key>
    </button>
  );
}
