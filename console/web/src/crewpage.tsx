// The crew's page: the call, the way, one big button for the next status; goes on without a network.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { conditionText, Hazards } from "./callnotes";
import { forgetCrew, offline, panic, panicTaken_ms, panicWaits, press, presses, refused, startCrew, task } from "./crewlink";
import { nextStatus } from "./crewstatus";
import { minutes, shortTime } from "./format";
import { MapPane } from "./mappane";
import { hospitalName, reasonText } from "./names";
import { EtaLeft, NormCountdown, PriorityMark, Since, StateMark } from "./parts";
import { canShare, phoneRefused, readingsTaken, setSharing, sharing, startSharing } from "./phoneshare";
import { words } from "./refusals";
import { Safe } from "./safe";
import { lang, switchLang, switchTheme, theme } from "./settings";
import { destinationOf, region, session } from "./store";
import { t, tCode } from "./texts";
import { signOut } from "./topbar";
import type { AssignmentView, HospitalChoice, IncidentView, Status } from "./views";

const HOLD_MS = 1000;
const mapOpen = signal(window.innerWidth >= 900);

/** Hospitals by hand when the ranking cannot be asked for: without times, by name. */
function unranked(): HospitalChoice[] {
  return (region.peek()?.hospitals ?? []).map((each) => ({ id: each.id, name: each.name, capabilities: each.capabilities, suits: true, seconds: null, metres: null, degraded: true }));
}

function Act({ assignment, status }: { assignment: AssignmentView; status: Status }): JSX.Element {
  const [hospitals, setHospitals] = useState<HospitalChoice[] | null>(null);
  const pressNext = async (): Promise<void> => {
    if (status !== "left_scene" || assignment.hospital !== null) {
      press(assignment.id, status);
      return;
    }
    try {
      setHospitals((await api.hospitals(assignment.id)).hospitals);
    } catch {
      setHospitals(unranked());
    }
  };
  if (hospitals !== null) {
    return (
      <section class="crewhospitals" aria-label={t("pickHospital")}>
        <h2>{t("pickHospital")}</h2>
        {hospitals.slice(0, 6).map((each) => (
          <button
            key={each.id}
            type="button"
            class="huge"
            data-testid="crew-hospital"
            onClick={() => {
              setHospitals(null);
              press(assignment.id, "left_scene", each.id);
            }}
          >
            <span class="grow">
              {each.name} {!each.suits && <span class="warn">{t("suitsNot")}</span>}
            </span>
            <b class="num">{each.seconds === null ? "" : minutes(each.seconds)}</b>
          </button>
        ))}
        <button type="button" class="quiet" onClick={() => setHospitals(null)}>
          {t("close")}
        </button>
      </section>
    );
  }
  return (
    <>
      <button type="button" class="primary huge" data-testid="crew-next" data-status={status} onClick={() => void pressNext()}>
        {tCode(`do_${status}`)}
      </button>
      {(status === "at_patient" || status === "left_scene") && (
        <button type="button" class="huge second" data-testid="crew-cleared" onClick={() => press(assignment.id, "cleared")}>
          {tCode("do_cleared")}
        </button>
      )}
    </>
  );
}

function Call({ incident, assignment }: { incident: IncidentView; assignment: AssignmentView }): JSX.Element {
  const to = destinationOf(incident, assignment);
  const point = `${to.lat_deg},${to.lon_deg}`;
  return (
    <section class="crewcall" aria-label={t("call")}>
      <p class="row">
        <PriorityMark priority={incident.priority} />
        <b class="crewreason">{reasonText(incident.reason)}</b>
        <span class="grow" />
        <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
      </p>
      <p class="crewplace">{to.label}</p>
      <Hazards incident={incident} />
      {to === incident.place && incident.place.detail && <p class="crewdetail">{incident.place.detail}</p>}
      <dl class="facts">
        {assignment.hospital !== null && (
          <div>
            <dt>{t("hospital")}</dt>
            <dd>{hospitalName(assignment.hospital)}</dd>
          </div>
        )}
        {incident.patient !== null && (
          <div>
            <dt>{t("patient")}</dt>
            <dd>{incident.patient}</dd>
          </div>
        )}
        {conditionText(incident) !== null && (
          <div>
            <dt>{t("state")}</dt>
            <dd>{conditionText(incident)}</dd>
          </div>
        )}
        {(incident.patients ?? []).map((each) => (
          <div key={each.number}>
            <dt>
              {t("patient")} {each.number}
            </dt>
            <dd>
              {each.who} {each.note}
            </dd>
          </div>
        ))}
        {incident.phone !== null && (
          <div>
            <dt>{t("phone")}</dt>
            <dd>
              <a href={`tel:${incident.phone}`}>{incident.phone}</a>
            </dd>
          </div>
        )}
        {incident.note !== null && (
          <div>
            <dt>{t("note")}</dt>
            <dd>{incident.note}</dd>
          </div>
        )}
      </dl>
      <EtaLeft key={assignment.status} assignment={assignment} />
      <p class="row crewlinks">
        <a class="button" href={`geo:${point}?q=${point}(${encodeURIComponent(to.label)})`} data-testid="navigator">
          {t("navigator")}
        </a>
        <a class="button" href={`yandexnavi://build_route_on_map?lat_to=${to.lat_deg}&lon_to=${to.lon_deg}`}>
          {t("yandex")}
        </a>
        <button type="button" aria-pressed={mapOpen.value} onClick={() => (mapOpen.value = !mapOpen.value)}>
          {t("map")}
        </button>
      </p>
    </section>
  );
}

/** Held, not tapped: a pocket must not call for help. */
function Panic({ unit }: { unit: string }): JSX.Element {
  const timer = useRef<number | undefined>(undefined);
  const [holding, setHolding] = useState(false);
  const begin = (): void => {
    if (timer.current !== undefined) return;
    setHolding(true);
    timer.current = window.setTimeout(() => {
      end();
      panic(unit);
    }, HOLD_MS);
  };
  const end = (): void => {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    setHolding(false);
  };
  useEffect(() => end, []);
  const zone = region.value?.timezone ?? "UTC";
  const at = (ms: number): string => shortTime(ms, zone);
  // "Sent" is said when the service has it: whoever is in danger must know to call when nobody does.
  const waits = panicWaits.value;
  const text = holding ? t("panic") : waits ? t("panicWaits", { time: at(waits.at_ms) }) : panicTaken_ms.value === null ? t("panic") : t("panicSent", { time: at(panicTaken_ms.value) });
  return (
    <button
      type="button"
      class={`panic${holding ? " holding" : ""}`}
      data-testid="panic"
      onPointerDown={begin}
      onPointerUp={end}
      onPointerLeave={end}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && !event.repeat && begin()}
      onKeyUp={end}
      onContextMenu={(event) => event.preventDefault()}
    >
      {text}{" "}
      <span class="hold">{t("panicHold")}</span>
    </button>
  );
}

function State(): JSX.Element | null {
  const n = presses.value.length;
  if (refused.value !== null) {
    return (
      <p class="banner strong" role="alert" data-testid="crew-refused">
        {t("crewRefused", { what: refused.value })}
      </p>
    );
  }
  if (!offline.value) return n > 0 ? <p class="banner">{t("crewSending", { n })}</p> : null;
  return (
    <p class="banner" role="status" data-testid="crew-offline" data-waiting={n}>
      {n > 0 ? t("crewOffline", { n }) : t("crewOfflineNone")}
    </p>
  );
}

/** The crew's consent, and what comes of it; said plainly, for it is about where a person is. */
function Phone(): JSX.Element | null {
  if (!canShare() || task.value === null) return null;
  const silent = task.value.receiver_silent === true;
  const text = !sharing.value ? (silent ? t("phoneNeeded") : null) : phoneRefused.value ? t("phoneRefused") : t(silent ? "phoneOn" : "phoneReady");
  return (
    <div class="crewphone" data-testid="crew-phone" data-silent={silent} data-taken={readingsTaken.value}>
      <button type="button" role="switch" class="switch" aria-checked={sharing.value} data-testid="phone-switch" onClick={() => setSharing(!sharing.peek())}>
        <i class="track" aria-hidden="true" /> {t("phoneShare")}
      </button>
      {text !== null && (
        <p class={silent && (!sharing.value || phoneRefused.value) ? "warn" : "dim"} role="status">
          {text}
        </p>
      )}
    </div>
  );
}

export function CrewPage(): JSX.Element {
  useEffect(() => startCrew(), []);
  useEffect(() => startSharing(), []);
  const now = task.value;
  const assignment = now?.assignment ?? null;
  const incident = now?.incident ?? null;
  const next = assignment ? nextStatus(assignment.status) : null;
  const since_ms = assignment ? assignment.times[assignment.status] : now?.unit.state_since_ms;
  const [leaving, setLeaving] = useState<string | null>(null);
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      forgetCrew();
      setSharing(false);
    } catch (error) {
      setLeaving(words(error));
    }
  };
  // The consent stands on top only where it is needed now.
  const silent = now?.receiver_silent === true;
  const withMap = mapOpen.value && incident !== null;
  return (
    <main class={`crewpage${withMap ? " withmap" : ""}`} data-testid="crew-page" data-status={assignment?.status ?? now?.unit.state ?? ""}>
      <div class="crewmain">
        <header class="row">
          <h1 class="num">{now?.unit.call_sign ?? session.value?.unit ?? ""}</h1>
          {now && <StateMark state={now.unit.state} />}
          {since_ms !== undefined && <Since key={since_ms} from_ms={since_ms} />}
        </header>
        <State />
        {silent && <Phone />}
        {incident && assignment ? (
          <>
            <Call incident={incident} assignment={assignment} />
            {now?.ready_ms !== null && now?.ready_ms !== undefined && (
              <p class="good" role="status">
                {t("hospitalReady")}
              </p>
            )}
            {/* what is pressed lies within reach of a thumb, at the foot */}
            <span class="grow" />
            {next && <Act key={assignment.status} assignment={assignment} status={next} />}
          </>
        ) : (
          <p class="empty crewfree grow">{t("crewFree")}</p>
        )}
        {now && <Panic unit={now.unit.id} />}
        {leaving !== null && <p class="problem">{leaving}</p>}
        <footer class="crewfoot">
          {!silent && <Phone />}
          <span class="grow" />
          <button type="button" class="quiet" data-testid="lang-switch" onClick={switchLang}>
            {lang.value === "ru" ? "EN" : "РУ"}
          </button>
          <button type="button" class="quiet" aria-label={t("theme")} onClick={switchTheme}>
            <span aria-hidden="true">{theme.value === "dark" ? "☀︎" : "☾"}</span>
          </button>
          <button type="button" class="quiet" onClick={() => void leave()}>
            {t("signOut")}
          </button>
        </footer>
      </div>
      {withMap && (
        <Safe key={incident.id}>
          <MapPane close />
        </Safe>
      )}
    </main>
  );
}
