// The crew's page: the call, one big button for the next status, and the time since the last.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type CrewTask } from "./api";
import { nextStatus } from "./crewstatus";
import { minutes } from "./format";
import { reasonText } from "./names";
import { NormCountdown, PriorityMark, Since, StateMark } from "./parts";
import { words } from "./refusals";
import { assignments, incidents, picture, session } from "./store";
import { t, tCode } from "./texts";
import { signOut } from "./topbar";
import type { HospitalChoice, Status } from "./views";

const task = signal<CrewTask | null>(null);
const ASK_MS = 5000;

async function load(): Promise<void> {
  try {
    task.value = await api.crew();
  } catch {
    // The last known task stays on the screen; the next try comes by itself.
  }
}

function Act({ status, id, needsHospital }: { status: Status; id: string; needsHospital: boolean }): JSX.Element {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [hospitals, setHospitals] = useState<HospitalChoice[] | null>(null);
  const press = async (to: Status, hospital?: string): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      if (to === "left_scene" && needsHospital && hospital === undefined) {
        setHospitals((await api.hospitals(id)).hospitals);
      } else {
        await api.status(id, to, hospital === undefined ? {} : { hospital });
        setHospitals(null);
        await load();
      }
    } catch (error) {
      setProblem(words(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {hospitals === null ? (
        <button type="button" class="primary huge" data-testid="crew-next" disabled={busy} onClick={() => void press(status)}>
          {tCode(`do_${status}`)}
        </button>
      ) : (
        <div class="hospitals">
          {hospitals.slice(0, 6).map((each) => (
            <button key={each.id} type="button" class="huge" onClick={() => void press("left_scene", each.id)}>
              <span class="grow">{each.name}</span> <b class="num">{each.seconds === null ? "—" : minutes(each.seconds)}</b>
            </button>
          ))}
        </div>
      )}
      {(status === "at_patient" || status === "left_scene") && (
        <button type="button" class="huge" disabled={busy} onClick={() => void press("cleared")}>
          {tCode("do_cleared")}
        </button>
      )}
    </>
  );
}

export function CrewPage(): JSX.Element {
  useEffect(() => {
    void load();
    const timer = window.setInterval(() => void load(), ASK_MS);
    return () => window.clearInterval(timer);
  }, []);
  const seq = picture.value.seq;
  useEffect(() => void load(), [seq]);
  const now = task.value;
  const assignment = now?.assignment ? (assignments.value.get(now.assignment.id) ?? now.assignment) : null;
  const incident = now?.incident ? (incidents.value.get(now.incident.id) ?? now.incident) : null;
  const next = assignment ? nextStatus(assignment.status) : null;
  const since_ms = assignment ? assignment.times[assignment.status] : now?.unit.state_since_ms;
  return (
    <main class="crewpage" data-testid="crew-page">
      <header class="row">
        <b class="huge num">{now?.unit.call_sign ?? session.value?.unit ?? ""}</b>
        {now && <StateMark state={now.unit.state} />}
        <span class="grow" />
        {since_ms !== undefined && <Since key={since_ms} from_ms={since_ms} />}
        <button type="button" class="quiet" onClick={() => void signOut()}>
          {t("signOut")}
        </button>
      </header>
      {incident && assignment ? (
        <>
          <section class="crewcall">
            <p class="row">
              <PriorityMark priority={incident.priority} /> <b>{reasonText(incident.reason)}</b>
              <span class="grow" />
              <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
            </p>
            <p class="crewplace">{incident.place.label}</p>
            {incident.place.detail && <p>{incident.place.detail}</p>}
            {incident.patient && <p>{incident.patient}</p>}
            {incident.phone && (
              <p>
                <a href={`tel:${incident.phone}`}>{incident.phone}</a>
              </p>
            )}
            {incident.note && <p class="dim">{incident.note}</p>}
            <p>
              <a href={`geo:${incident.place.lat_deg},${incident.place.lon_deg}`}>{t("openRoute")}</a>
            </p>
          </section>
          {next && <Act key={assignment.status} status={next} id={assignment.id} needsHospital={assignment.hospital === null} />}
        </>
      ) : (
        <p class="empty">{t("crewFree")}</p>
      )}
    </main>
  );
}
