// The queue: what needs a crew first, in the order in which time runs out.
import { Fragment, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Address } from "./address";
import { CallMarks } from "./callmarks";
import { minutes, phaseText } from "./format";
import { Key } from "./keycap";
import { reasonText } from "./names";
import { DeskBar, HiddenCalls } from "./deskbar";
import { shownQueue } from "./desks";
import { EtaLeft, NormCountdown, PriorityMark, StateMark } from "./parts";
import { RowMarks, RowOwner } from "./rowmarks";
import type { QueueRow } from "./queueorder";
import { othersAt, queue, selectedIncident, signOf, units } from "./store";
import { t } from "./texts";
import { openForm, selectCall } from "./ui";

function Crews({ row }: { row: QueueRow }): JSX.Element {
  if (row.ahead) return <></>;
  if (row.assignments.length === 0) {
    const { outlook } = row;
    return (
      <span>
        <span class="needs">{row.incident.queued == null ? t("needsCrew") : t("waitsFor", { unit: signOf(row.incident.queued.unit) })}</span>
        {outlook?.best_eta_s != null && outlook.unit !== null && (
          <span class="num">
            {" "}
            · {signOf(outlook.unit)} {t("eta", { time: minutes(outlook.best_eta_s) })}
          </span>
        )}
      </span>
    );
  }
  return (
    <>
      {row.assignments.map((assignment) => {
        const unit = units.value.get(assignment.unit);
        return (
          <span key={assignment.id} class="crewline">
            <b class="num">{signOf(assignment.unit)}</b>
            {unit ? <StateMark state={unit.state} /> : null}
            <EtaLeft assignment={assignment} />
          </span>
        );
      })}
    </>
  );
}

function Row({ row }: { row: QueueRow }): JSX.Element {
  const { incident } = row;
  const chosen = selectedIncident.value === incident.id;
  const others = othersAt(incident.id);
  const self = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen) self.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li>
      <button
        ref={self}
        type="button"
        class={`callrow phase-${incident.phase}${incident.phase === "waiting" && !row.ahead ? " attention" : ""}`}
        data-testid={`call-${incident.number}`}
        data-phase={incident.phase}
        data-incident={incident.id}
        aria-current={chosen ? "true" : undefined}
        onClick={() => selectCall(incident.id)}
      >
        <PriorityMark priority={incident.priority} />
        <span class="callmain">
          <b class="reason">{reasonText(incident.reason)}</b>
          <Address label={incident.place.label} />
        </span>
        <span class="calltime">
          <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
          <span class="num dim number">№ {incident.number}</span>
        </span>
        <span class="callmore">
          <span class="callcrews">
            <span class="unseen">{phaseText(incident.phase)}. </span>
            <Crews row={row} />
          </span>
          {row.outlook?.cannot_meet === true && incident.arrived_at_ms === null && <span class="cannot">{t("cannotMeet")}</span>}
          <RowOwner incident={incident} />
          {others.length > 0 && (
            <span class="others" data-testid={`others-${incident.number}`} title={t("othersHere", { names: others.join(", ") })}>
              {others.map(initials).join(" ")}
            </span>
          )}
          <RowMarks incident={incident} />
          <CallMarks incident={incident} />
        </span>
      </button>
    </li>
  );
}

/** "Анна Смирнова" → "АС". */
function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  return (words.length > 1 ? words.map((word) => word.charAt(0)).join("") : name.slice(0, 2)).slice(0, 3).toUpperCase();
}

export function Queue(): JSX.Element {
  const rows = shownQueue.value;
  const waiting = rows.filter((row) => row.incident.phase === "waiting" && !row.ahead).length;
  return (
    <section class="pane queuepane" aria-label={t("queue")}>
      <header class="panehead">
        <h2>
          {t("queue")} <span class="count num">{rows.length}</span>
        </h2>
        {waiting > 0 && <span class="attentionchip num">{t("waitingCount", { n: waiting })}</span>}
        <span class="grow" />
        <button type="button" class="primary" data-testid="new-call" title={t("newCall")} onClick={() => openForm()}>
          + {t("newCallShort")} <Key>N</Key>
        </button>
      </header>
      <DeskBar />
      {rows.length === 0 ? (
        <div class="empty" data-testid="queue">
          <p>{t(queue.value.length === 0 ? "noCalls" : "viewNone")}</p>
          <p class="dim">
            {t("noCallsHint")} <Key>N</Key>
          </p>
        </div>
      ) : (
        <ol class="calls" data-testid="queue">
          {rows.map((row, i) => (
            <Fragment key={row.incident.id}>
              {row.ahead === true && rows[i - 1]?.ahead !== true && <li class="queuebreak">{t("journeys")}</li>}
              <Row row={row} />
            </Fragment>
          ))}
        </ol>
      )}
      <HiddenCalls />
    </section>
  );
}

/** Move the choice in the queue by one. */
export function moveInQueue(step: 1 | -1): void {
  const rows = shownQueue.peek();
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.incident.id === selectedIncident.peek());
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  selectCall(rows[next]?.incident.id ?? null);
}
