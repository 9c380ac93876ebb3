// Small marks that several panes share: a state's mark, priority, countdown, the age of a fix.
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { age, countdown, minutes, priorityText, stateText } from "./format";
import { FLAG_PARKED, FLAG_PHONE, FLAG_SELDOM, FLAG_STALE, FLAG_SUSPECT } from "./frames";
import { etaLeft_s } from "./queueorder";
import { arrivals, fixAge_s, positions, positionsTick, tickingNowMs } from "./store";
import { t } from "./texts";
import { GROUP_OF, OUTLINE, type StateGroup } from "./unitstyle";
import type { AssignmentView, IncidentView, Priority, UnitState } from "./views";

export function GroupMark({ group, hollow = false }: { group: StateGroup; hollow?: boolean }): JSX.Element {
  return (
    <svg class={`mark mark-${group}${hollow ? " hollow" : ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={OUTLINE[group]} />
    </svg>
  );
}

export function StateMark({ state }: { state: UnitState }): JSX.Element {
  return (
    <span class="state">
      <GroupMark group={GROUP_OF[state]} />
      <span>{stateText(state)}</span>
    </span>
  );
}

export function PriorityMark({ priority }: { priority: Priority }): JSX.Element {
  return (
    <span class={`priority p${priority}`} title={priorityText(priority)}>
      <span aria-hidden="true">{priority}</span>
      <span class="unseen">
        {t("priority")} {priority}, {priorityText(priority)}
      </span>
    </span>
  );
}

/** Time to the norm; stops when the first crew arrives. Ticks by itself and renders nothing else again. */
export function NormCountdown({ incident }: { incident: IncidentView }): JSX.Element {
  const left_s = useComputed(() => (incident.norm_ends_ms - tickingNowMs()) / 1000);
  const text = useComputed(() => countdown(left_s.value));
  const look = useComputed(() => `countdown num ${left_s.value < 0 ? "overdue" : left_s.value < 300 ? "soon" : "calm"}`);
  const title = useComputed(() => t(left_s.value < 0 ? "overdue" : "toNorm"));
  if (incident.arrived_at_ms !== null) {
    const taken_s = (incident.arrived_at_ms - (incident.journey?.due_ms ?? incident.called_at_ms)) / 1000;
    const late = incident.arrived_at_ms > incident.norm_ends_ms;
    return (
      <span class={`countdown num done${late ? " late" : ""}`} data-testid="norm-countdown" title={t("arrivedIn", { time: minutes(taken_s) })}>
        {minutes(taken_s)}
      </span>
    );
  }
  if (incident.ended_at_ms !== null) return <span class="countdown num done">—</span>;
  return (
    <span class={look} data-testid="norm-countdown" title={title}>
      {text}
    </span>
  );
}

/** How long a crew still needs: by where it is now, else by what was estimated when it was sent. */
export function EtaLeft({ assignment }: { assignment: AssignmentView }): JSX.Element | null {
  const text = useComputed(() => {
    const left_s = etaLeft_s(assignment, tickingNowMs(), arrivals.value);
    if (left_s === null) return "";
    return left_s < 15 ? t("etaDue") : t("eta", { time: minutes(left_s) });
  });
  return <span class="num dim etaleft">{text}</span>;
}

/** Seconds beyond which a fix counts as old here, whatever the service said last. */
const OLD_S = 60;

/** Whether a unit's position is to be shown hollow; asked anew at each tick and each position frame. */
export function isStale(index: number): boolean {
  void positionsTick.value;
  const age_s = fixAge_s(index);
  const flag = positions.flags[index] ?? 0;
  return age_s === null || (age_s > OLD_S && (flag & (FLAG_PARKED | FLAG_SELDOM)) === 0) || (flag & FLAG_STALE) !== 0;
}

/** Whether quality control does not believe a unit's position; asked anew at each position frame. */
export function isSuspect(index: number): boolean {
  void positionsTick.value;
  return ((positions.flags[index] ?? 0) & FLAG_SUSPECT) !== 0;
}

/** The age of the last fix, counted on when the unit falls silent; with a word where it is not the receiver's, or not believed. */
export function FixAge({ index }: { index: number }): JSX.Element {
  const text = useComputed(() => {
    void positionsTick.value;
    const age_s = fixAge_s(index);
    if (age_s === null) return t("noFix");
    const phone = ((positions.flags[index] ?? 0) & FLAG_PHONE) !== 0;
    return [...(isSuspect(index) ? [`? ${t("suspect")}`] : []), ...(phone ? [t("byPhone")] : []), age(age_s)].join(" · ");
  });
  const look = useComputed(() => `num age${isStale(index) ? " stale" : ""}${isSuspect(index) ? " suspect" : ""}`);
  return <span class={look}>{text}</span>;
}

/** How long something has lasted. */
export function Since({ from_ms }: { from_ms: number }): JSX.Element {
  const text = useComputed(() => minutes(Math.max(0, (tickingNowMs() - from_ms) / 1000)));
  return <span class="num">{text}</span>;
}
