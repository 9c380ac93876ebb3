// The dispatcher's desk: queue, map, board and the chosen call, with the keys that work everywhere on it.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AlarmStrip, announceCall } from "./alarms";
import { Board } from "./board";
import { CallForm } from "./callform";
import { CallPanel } from "./callpanel";
import { useKeys } from "./keys";
import { MapPane } from "./mappane";
import { Overview } from "./overview";
import { isCallRung } from "./deskqueue";
import { desks, deskSheetOpen, nextView } from "./desks";
import { DeskSheet } from "./desksheet";
import { MajorStrip } from "./majorstrip";
import { moveInQueue, Queue } from "./queue";
import { reasonText } from "./names";
import { openPast } from "./paststate";
import { ProposalBar } from "./proposals";
import { Safe } from "./safe";
import { chosen, queue } from "./store";
import { signal } from "@preact/signals";
import { t } from "./texts";
import type { IncidentView } from "./views";
import { coverageOn, drawingClosure, focusRecommendation, formOpen, openForm, replayOpen, searchOpen, selectUnit, wishMap } from "./ui";
import { Replay } from "./replay";
import { switchSound } from "./shift";

/** What a screen reader is told at once: a new call that has no crew. */
const alarm = signal<readonly IncidentView[]>([]);

function useAlarm(): void {
  const known = useRef<Set<string> | null>(null);
  const rows = queue.value;
  useEffect(() => {
    const before = known.current;
    known.current = new Set(rows.map((row) => row.incident.id));
    if (before === null) return;
    const fresh = rows.filter((row) => !before.has(row.incident.id) && row.incident.phase === "waiting" && isCallRung(row.incident, desks.peek()));
    if (fresh.length > 0) {
      announceCall();
      alarm.value = fresh.map(({ incident }) => incident);
    }
  }, [rows]);
}

export function ConsolePage(): JSX.Element {
  useAlarm();
  useKeys({
    n: () => openForm(),
    u: switchSound,
    i: () => openPast(),
    o: () => {
      coverageOn.value = !coverageOn.value;
    },
    z: () => {
      drawingClosure.value = !drawingClosure.value;
    },
    w: () => {
      deskSheetOpen.value = true;
    },
    ArrowRight: () => nextView(1),
    ArrowLeft: () => nextView(-1),
    j: () => moveInQueue(1),
    k: () => moveInQueue(-1),
    ArrowDown: () => moveInQueue(1),
    ArrowUp: () => moveInQueue(-1),
    Enter: (event) => {
      if (event.target instanceof HTMLElement && event.target.closest("button:not(.callrow), .callrow:not([aria-current]), a, summary")) return false;
      if (chosen.peek() === null) moveInQueue(1);
      focusRecommendation.value = true;
      return true;
    },
    m: () => wishMap("choice"),
    c: () => {
      selectUnit(null);
      wishMap("city");
    },
    b: () => document.getElementById("board-filter")?.focus(),
    "/": () => {
      searchOpen.value = true;
    },
    Escape: () => selectUnit(null),
  });
  const call = chosen.value;
  return (
    <>
    <Safe>
      <AlarmStrip />
    </Safe>
    <Safe>
      <MajorStrip />
    </Safe>
    <Safe>
      <ProposalBar />
    </Safe>
    <main class="desk">
      <p class="unseen" aria-live="assertive" role="alert">
        {alarm.value.map((each) => `${t("newCall")} № ${each.number}, ${t("priority")} ${each.priority}: ${reasonText(each.reason)}, ${each.place.label}`).join(". ")}
      </p>
      <Safe>
        <Queue />
      </Safe>
      <div class="middle">
        <Safe>
          <MapPane>{replayOpen.value !== null && <Replay key={replayOpen.value} incident={replayOpen.value} />}</MapPane>
        </Safe>
        <Safe>
          <Board />
        </Safe>
      </div>
      <aside class="side">
        <Safe key={formOpen.value ? "form" : (call?.id ?? "")}>
          {formOpen.value ? <CallForm /> : call ? <CallPanel key={call.id} incident={call} /> : <Overview />}
        </Safe>
      </aside>
    </main>
    {deskSheetOpen.value && <DeskSheet />}
    </>
  );
}
