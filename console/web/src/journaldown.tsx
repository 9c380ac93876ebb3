// Nothing is recorded: it stands above all alarms until it is over, says what to do, and rings until it was seen.
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { shortTime } from "./format";
import { Key } from "./keycap";
import { degraded, region } from "./store";
import { t } from "./texts";

/** Since when the journal takes nothing, or null. */
export const journalDown_ms = computed(() => degraded.value.find((each) => each.part === "journal")?.since_ms ?? null);
const seen_ms = signal<number | null>(null);
/** Whether nobody at this workplace has seen it yet. */
export const journalUnseen = computed(() => journalDown_ms.value !== null && journalDown_ms.value !== seen_ms.value);

export function seeJournal(): void {
  seen_ms.value = journalDown_ms.peek();
}

export function JournalDown(): JSX.Element | null {
  const since_ms = journalDown_ms.value;
  if (since_ms === null) return null;
  return (
    <li class="alarm journaldown" data-testid="journal-down">
      <p class="alarmtext">
        <b>{t("journalDown", { time: shortTime(since_ms, region.value?.timezone ?? "UTC") })}</b> <span>{t("journalDownDo")}</span>
      </p>
      {journalUnseen.value && (
        <button type="button" class="alarmack" data-testid="journal-down-seen" onClick={seeJournal}>
          {t("acknowledge")} <Key>G</Key>
        </button>
      )}
    </li>
  );
}
