// A past minute of the whole region: its queue, map and board, marked as the past; nothing here can be acted on.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Address } from "./address";
import { Board } from "./board";
import { detail } from "./detail";
import { clockTime, phaseText, shortTime } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { MapPane } from "./mappane";
import { kindName, reasonText, substationName } from "./names";
import { Overview } from "./overview";
import { goTo, leavePast, pastProblem, pastShown_ms, pastWanted_ms } from "./paststate";
import { FixAge, NormCountdown, PriorityMark, Since, StateMark } from "./parts";
import { moveInQueue } from "./queue";
import { Safe } from "./safe";
import { lang } from "./settings";
import { startFeed, stopFeed } from "./socket";
import { assignments, incidents, queue, region, runningOf, selectedIncident, selectedUnit, signOf, units } from "./store";
import { t } from "./texts";
import { Timeline } from "./timeline";
import { pageArgument, selectCall, selectUnit, wishMap } from "./ui";
import type { IncidentView, UnitView } from "./views";
import { dayOf, instantOf } from "./zones";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** A minute of the past in a second. */
const PLAY_MS = 1000;

function Slider(): JSX.Element {
  const [playing, setPlaying] = useState(false);
  const zone = region.value?.timezone ?? "UTC";
  const at_ms = pastWanted_ms.value ?? 0;
  const { date, minute } = dayOf(at_ms, zone);
  const move = (minutes: number): void => {
    setPlaying(false);
    goTo((pastWanted_ms.peek() ?? 0) + minutes * MINUTE_MS);
  };
  useEffect(() => {
    if (!playing) return undefined;
    const timer = window.setInterval(() => {
      // A picture that comes late holds the film up; it never skips a minute.
      if (pastShown_ms.peek() === pastWanted_ms.peek()) goTo((pastWanted_ms.peek() ?? 0) + MINUTE_MS);
    }, PLAY_MS);
    return () => window.clearInterval(timer);
  }, [playing]);
  useKeys({
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    PageDown: () => move(-10),
    PageUp: () => move(10),
    v: () => setPlaying(!playing),
  });
  return (
    <header class="pastbar">
      <h1 class="pastword">
        {t("past")}
        <span class="unseen"> · {region.value?.name[lang.value]}</span>
      </h1>
      <time class="num pasttime" data-testid="past-time" data-at={pastShown_ms.value ?? ""}>
        {pastShown_ms.value === null ? "…" : clockTime(pastShown_ms.value, zone)}
      </time>
      <input
        type="date"
        aria-label={t("pastDay")}
        data-testid="past-day"
        value={date}
        onChange={(event) => event.currentTarget.value !== "" && goTo(instantOf(event.currentTarget.value, minute, zone))}
      />
      <button type="button" data-testid="past-back" onClick={() => move(-1)}>
        −1 {t("unit_min")} <Key>←</Key>
      </button>
      <input
        type="range"
        class="grow"
        data-testid="past-slider"
        aria-label={t("pastMinute")}
        aria-valuetext={shortTime(at_ms, zone)}
        min={0}
        max={DAY_MINUTES - 1}
        value={minute}
        onInput={(event) => {
          setPlaying(false);
          goTo(instantOf(date, Number(event.currentTarget.value), zone));
        }}
      />
      <button type="button" data-testid="past-on" onClick={() => move(1)}>
        +1 {t("unit_min")} <Key>→</Key>
      </button>
      <button type="button" data-testid="past-play" aria-pressed={playing} onClick={() => setPlaying(!playing)}>
        {t(playing ? "replayPause" : "replayPlay")} <Key>V</Key>
      </button>
      <a class="button quiet" href="#/">
        {t("pastLeave")}
      </a>
    </header>
  );
}

function PastQueue(): JSX.Element {
  const rows = queue.value;
  return (
    <section class="pane queuepane" aria-label={t("queue")}>
      <header class="panehead">
        <h2>
          {t("queue")} <span class="count num">{rows.length}</span>
        </h2>
      </header>
      <ol class="calls" data-testid="queue">
        {rows.map(({ incident, assignments: crews }) => (
          <li key={incident.id}>
            <button
              type="button"
              class={`callrow phase-${incident.phase}`}
              data-testid={`call-${incident.number}`}
              data-phase={incident.phase}
              aria-current={selectedIncident.value === incident.id ? "true" : undefined}
              onClick={() => selectCall(incident.id)}
            >
              <PriorityMark priority={incident.priority} />
              <span class="callmain">
                <b class="reason">{reasonText(incident.reason)}</b>
                <Address label={incident.place.label} />
                <span class="callcrews">
                  {crews.length === 0 ? t("needsCrew") : crews.map((each) => signOf(each.unit)).join(", ")} · {phaseText(incident.phase)}
                </span>
              </span>
              <span class="calltime">
                <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
                <span class="num dim number">№ {incident.number}</span>
              </span>
            </button>
          </li>
        ))}
        {rows.length === 0 && <li class="empty dim">{t("pastNoCalls")}</li>}
      </ol>
    </section>
  );
}

function PastCall({ incident }: { incident: IncidentView }): JSX.Element {
  const shown = detail.value?.incident.id === incident.id ? detail.value : null;
  // What was learned later was not known then.
  const known = shown?.timeline.filter((entry) => entry.learned_ms <= (pastShown_ms.value ?? 0)) ?? [];
  return (
    <article class="pane callpane" aria-label={`${t("call")} № ${incident.number}`} data-testid="past-call" data-phase={incident.phase} data-known={known.length}>
      <header class="callpanelhead">
        <div class="titleline">
          <PriorityMark priority={incident.priority} />
          <h2>{reasonText(incident.reason)}</h2>
          <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
        </div>
        <p class="place">{incident.place.label}</p>
        <p class="dim">
          <span class="num">№ {incident.number}</span> · {phaseText(incident.phase)}
        </p>
      </header>
      <div class="scroll">
        {runningOf(incident, assignments.value).map((each) => {
          const unit = units.value.get(each.unit);
          return (
            <p key={each.id} class="row pastcrew">
              <b class="num">{signOf(each.unit)}</b>
              {unit && <StateMark state={unit.state} />}
            </p>
          );
        })}
        <Timeline entries={known} />
      </div>
    </article>
  );
}

function PastUnit({ unit }: { unit: UnitView }): JSX.Element {
  return (
    <article class="pane" aria-label={`${t("crew")} ${unit.call_sign}`} data-testid="past-unit">
      <div class="unitcard">
        <div class="row">
          <b class="num unitsign">{unit.call_sign}</b>
          <StateMark state={unit.state} />
          <Since key={unit.state_since_ms} from_ms={unit.state_since_ms} />
        </div>
        <p class="dim">
          {kindName(unit.crew_kind)} {unit.vehicle_class} · {substationName(unit.substation)} · {t("fixAge").toLowerCase()} <FixAge index={unit.index} />
        </p>
      </div>
    </article>
  );
}

export function PastPage(): JSX.Element {
  useEffect(() => {
    // This window hears nothing live: two pictures in one would be taken for each other.
    stopFeed();
    selectCall(null);
    goTo(Number(pageArgument()) || Date.now());
    return () => {
      leavePast();
      selectCall(null);
      startFeed();
    };
  }, []);
  useKeys({
    j: () => moveInQueue(1),
    k: () => moveInQueue(-1),
    ArrowDown: () => moveInQueue(1),
    ArrowUp: () => moveInQueue(-1),
    m: () => wishMap("choice"),
    c: () => {
      selectUnit(null);
      wishMap("city");
    },
    b: () => document.getElementById("board-filter")?.focus(),
    Escape: () => selectCall(null),
  });
  const call = selectedIncident.value === null ? undefined : incidents.value.get(selectedIncident.value);
  const unit = selectedUnit.value === null ? undefined : units.value.get(selectedUnit.value);
  return (
    <div class="pastpage" data-testid="past" data-shown={pastShown_ms.value ?? ""}>
      <Slider />
      {pastProblem.value !== null && (
        <p class="banner strong" role="alert" data-testid="banner">
          {pastProblem.value}
        </p>
      )}
      <main class="desk">
        <Safe>
          <PastQueue />
        </Safe>
        <div class="middle">
          <Safe>
            <MapPane past />
          </Safe>
          <Safe>
            <Board />
          </Safe>
        </div>
        <aside class="side">{unit && !call ? <PastUnit key={unit.id} unit={unit} /> : call ? <PastCall key={call.id} incident={call} /> : <Overview />}</aside>
      </main>
    </div>
  );
}
