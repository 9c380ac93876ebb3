// The chosen call: what is known, whom to send or who is on it, and what happened.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { CallMenu, callMenu } from "./callmenu";
import { CallNotes, conditionText, isArrestNow, UrgentNotes } from "./callnotes";
import { Choices } from "./choices";
import { Describe, describing } from "./describe";
import { QueuedLine, Reopen } from "./crewing";
import { CrewOnCall } from "./crewstatus";
import { detail, recommending, wantAnother } from "./detail";
import { clockTime, phaseText, priorityText } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { reasonText } from "./names";
import { openPast } from "./paststate";
import { MajorPanel } from "./majorpanel";
import { Ownership } from "./ownership";
import { NormCountdown, PriorityMark } from "./parts";
import { RecommendationPane } from "./recommendation";
import { words } from "./refusals";
import { assignments, othersAt, region, runningOf } from "./store";
import { t, tCode } from "./texts";
import { Timeline } from "./timeline";
import { focusRecommendation, replayOpen, selectCall } from "./ui";
import type { IncidentView } from "./views";

const HOW = ["cancelled", "false", "refused", "duplicate"] as const;

function Ending({ incident, how, onDone }: { incident: IncidentView; how: "cancel" | "close"; onDone: () => void }): JSX.Element {
  const [text, setText] = useState("");
  const [as, setAs] = useState<(typeof HOW)[number]>("cancelled");
  const [problem, setProblem] = useState<string | null>(null);
  useKeys({ Escape: onDone });
  const field = useRef<HTMLInputElement>(null);
  // How it ended is asked first: it is counted, and what is counted is not left to a default.
  useLayoutEffect(() => {
    if (how === "close") field.current?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await (how === "cancel" ? api.cancel(incident.id, text.trim(), as) : api.close(incident.id, text.trim()));
      onDone();
    } catch (error) {
      setProblem(words(error));
    }
  };
  const title = t(how === "cancel" ? "cancelWhy" : "closeOutcome");
  return (
    <form class="ending" onSubmit={(event) => void submit(event)}>
      {how === "cancel" && (
        <Choices
          label={t("howEnded")}
          options={HOW.map((each) => [each, t(`how_${each}`)] as const)}
          value={as}
          wrap
          wantFocus
          testId={(each) => `how-${each}`}
          onChoose={setAs}
          onDone={() => field.current?.focus()}
        />
      )}
      <label>
        {title} <Key>Esc</Key>
        <input
          ref={field}
          required
          data-testid={`${how}-text`}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" data-testid={`${how}-confirm`} disabled={text.trim() === ""}>
        {t(how === "cancel" ? "cancelCall" : "closeCall")} <Key>⏎</Key>
      </button>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function Facts({ incident }: { incident: IncidentView }): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  const rows: [string, string | null][] = [
    [t("called"), clockTime(incident.called_at_ms, zone) + (incident.entered_late === true ? ` · ${t("enteredLate")}` : "")],
    [t("state"), conditionText(incident)],
    [t("note"), incident.note],
  ];
  return (
    <dl class="facts">
      {rows
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function CallPanel({ incident }: { incident: IncidentView }): JSX.Element {
  const [ending, setEnding] = useState<"cancel" | "close" | null>(null);
  // Before the next key, not after the next paint: fast hands type ahead.
  useLayoutEffect(() => {
    callMenu.value = null;
  }, [incident.id]);
  const open = incident.ended_at_ms === null;
  const running = runningOf(incident, assignments.value);
  const shown = detail.value?.incident.id === incident.id ? detail.value : null;
  const another = (): void => {
    wantAnother.value = true;
    focusRecommendation.value = true;
  };
  const others = othersAt(incident.id);
  const who = [incident.patient, incident.phone].filter((each) => each !== null && each !== "").join(" · ");
  const sending = recommending();
  // A major incident is led from the top of the panel.
  const led = incident.major?.stood_down_ms === null;
  const openMenu = (): void => {
    callMenu.value = "menu";
  };
  const showReplay = (): void => {
    replayOpen.value = incident.id;
  };
  useKeys({
    a: () => (open && running.length > 0 ? another() : undefined),
    v: () => (incident.assignments.length > 0 ? showReplay() : undefined),
    x: () => (open ? setEnding("cancel") : false),
    "⇧x": () => (open ? setEnding("close") : false),
    "⇧v": () => (incident.assignments.length > 0 ? openPast(incident.created_at_ms) : undefined),
    f: () => (open ? openMenu() : undefined),
    Escape: () => {
      if (wantAnother.peek()) wantAnother.value = false;
      else selectCall(null);
    },
  });
  return (
    <article class="pane callpane" aria-label={`${t("call")} № ${incident.number}`} data-testid="call-panel" data-phase={incident.phase}>
      <header class="callpanelhead">
        <div class="titleline">
          <PriorityMark priority={incident.priority} />
          <h2>{reasonText(incident.reason)}</h2>
          <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
        </div>
        <p class="place">
          {incident.place.label}
          {incident.place.detail ? <span class="dim">, {incident.place.detail}</span> : null}
        </p>
        {who !== "" && <p class="num">{who}</p>}
        <p class="dim">
          <span class="num">№ {incident.number}</span> · {phaseText(incident.phase)} · {priorityText(incident.priority)}
          {incident.cancelled_as != null ? ` · ${tCode(`how_${incident.cancelled_as}`)}` : ""}
          {incident.outcome !== null && incident.outcome !== "" ? ` · ${tCode(incident.outcome)}` : ""}
        </p>
      </header>
      <div class="scroll">
        {others.length > 0 && (
          <p class="otherline" role="status" data-testid="others">
            {t("othersHere", { names: others.join(", ") })}
          </p>
        )}
        <QueuedLine incident={incident} />
        {led && <MajorPanel incident={incident} />}
        <UrgentNotes incident={incident} />
        {describing.value === incident.id && <Describe incident={incident} />}
        {sending && running.length === 0 && <RecommendationPane incident={incident} arrest={isArrestNow(incident)} />}
        <Ownership incident={incident} />
        <CallNotes incident={incident} />
        {!led && <MajorPanel incident={incident} />}
        <Facts incident={incident} />
        {running.length > 0 && (
          <section class="crewsbox" aria-label={t("crews")}>
            {running.map((assignment, i) => (
              <CrewOnCall key={assignment.id} assignment={assignment} keyed={i === 0} />
            ))}
          </section>
        )}
        {sending && running.length > 0 && <RecommendationPane incident={incident} arrest={false} />}
        {shown && <Timeline entries={shown.timeline} missing={shown.timeline_missing === true} />}
        {incident.assignments.length > 0 && (
          <p class="replaylink">
            <button type="button" class="quiet" data-testid="replay-open" onClick={showReplay}>
              {t("replay")} <Key>V</Key>
            </button>
            <button type="button" class="quiet" data-testid="past-open" onClick={() => openPast(incident.created_at_ms)}>
              {t("pastThen")} ↗ <Key>⇧V</Key>
            </button>
          </p>
        )}
      </div>
      {!open && <Reopen incident={incident} />}
      {open && (
        <footer class="panelfoot">
          {callMenu.value !== null ? (
            <CallMenu incident={incident} />
          ) : ending !== null ? (
            <Ending incident={incident} how={ending} onDone={() => setEnding(null)} />
          ) : (
            <>
              {running.length > 0 && !wantAnother.value && (
                <button type="button" data-testid="another-crew" onClick={another}>
                  {t("anotherCrew")} <Key>A</Key>
                </button>
              )}
              <button type="button" data-testid="call-menu" onClick={openMenu}>
                {t("callMenu")} <Key>F</Key>
              </button>
              <span class="grow" />
              <span class="row tight">
                <button type="button" class="quiet" data-testid="cancel-call" onClick={() => setEnding("cancel")}>
                  {t("cancelCall")} <Key>X</Key>
                </button>
                <button type="button" class="quiet" data-testid="close-call" onClick={() => setEnding("close")}>
                  {t("closeCall")} <Key>⇧X</Key>
                </button>
              </span>
            </>
          )}
        </footer>
      )}
    </article>
  );
}
