// A crew on a call: where it stands, its next status pressed for it by voice, and the hospital.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { distance, minutes } from "./format";
import { Key } from "./keycap";
import { digits, useKeys } from "./keys";
import { hospitalName, kindName } from "./names";
import { HospitalMarks } from "./openings";
import { EtaLeft, FixAge, Since, StateMark } from "./parts";
import { words } from "./refusals";
import { units } from "./store";
import { t, tCode } from "./texts";
import { selectUnit, wishMap } from "./ui";
import { STATUS_ORDER, type AssignmentView, type HospitalChoice, type Progress, type Status } from "./views";

/** The usual next status. */
export function nextStatus(status: Status): Progress | null {
  const at = STATUS_ORDER.findIndex((each) => each === status);
  return at < 0 ? null : (STATUS_ORDER[at + 1] ?? null);
}

/** Statuses beyond the usual next one: forward, refused while it may be, and recalled. */
function furtherStatuses(status: Status): Status[] {
  const at = STATUS_ORDER.findIndex((each) => each === status);
  const onward: readonly Status[] = at < 0 ? [] : STATUS_ORDER.slice(at + 2);
  const refusable = status === "notified" || status === "acknowledged" || status === "en_route";
  return [...onward, ...(refusable ? (["refused"] as const) : []), "cancelled"];
}

const doText = (status: Status): string => tCode(`do_${status}`);

function Hospitals({ assignment, onChosen, onBack }: { assignment: AssignmentView; onChosen: (hospital: string | null) => void; onBack: () => void }): JSX.Element {
  const [choices, setChoices] = useState<HospitalChoice[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    api.hospitals(assignment.id).then(
      (answer) => setChoices(answer.hospitals),
      (error: unknown) => setProblem(words(error)),
    );
  }, [assignment.id]);
  useKeys({ ...digits((i) => (choices?.[i] ? onChosen(choices[i].id) : undefined)), 0: () => onChosen(null), Escape: onBack });
  return (
    <div class="hospitals" data-testid="hospitals">
      <h4>
        {t("chooseHospital")} <Key>Esc</Key>
      </h4>
      {problem && <p class="problem">{problem}</p>}
      {choices?.slice(0, 9).map((choice, i) => (
        <button key={choice.id} type="button" data-testid={`hospital-${i + 1}`} onClick={() => onChosen(choice.id)}>
          <Key>{i + 1}</Key>
          <span class="grow">
            {choice.name} <span class={choice.suits ? "dim" : "warn"}>{t(choice.suits ? "suits" : "suitsNot")}</span>
            <HospitalMarks choice={choice} />
            {choice.beds_left != null && <span class={choice.beds_left > 0 ? "num dim" : "num warn"}> · {t("bedsLeft", { n: choice.beds_left })}</span>}
          </span>
          <span class="num dim">{choice.metres === null ? "" : distance(choice.metres)}</span>
          <b class="num">{choice.seconds === null ? "—" : minutes(choice.seconds)}</b>
        </button>
      ))}
      <button type="button" class="quiet" onClick={() => onChosen(null)}>
        <Key>0</Key> {t("noTransport")}
      </button>
    </div>
  );
}

/** What else the crew said by voice: a digit each. */
function Further({ status, onPress, onBack }: { status: Status; onPress: (status: Status) => void; onBack: () => void }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const all = furtherStatuses(status);
  useKeys({ ...digits((i) => (all[i] === undefined ? undefined : onPress(all[i]))), Escape: onBack });
  useLayoutEffect(() => box.current?.querySelector("button")?.focus(), []);
  return (
    <div ref={box} class="statuses further" role="group" aria-label={t("otherStatus")} data-testid="further">
      {all.map((each, i) => (
        <button key={each} type="button" data-testid={`status-${each}`} onClick={() => onPress(each)}>
          {doText(each)} <Key>{i + 1}</Key>
        </button>
      ))}
      <button type="button" class="quiet" onClick={onBack}>
        {t("close")} <Key>Esc</Key>
      </button>
    </div>
  );
}

export function CrewOnCall({ assignment, keyed }: { assignment: AssignmentView; keyed: boolean }): JSX.Element {
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState<"status" | "hospital" | "further" | null>(null);
  const [busy, setBusy] = useState(false);
  const unit = units.value.get(assignment.unit);
  const next = nextStatus(assignment.status);

  const act = async (doing: () => Promise<unknown>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await doing();
      setAsking(null);
    } catch (error) {
      setProblem(words(error));
    } finally {
      setBusy(false);
    }
  };
  const press = (status: Status): void => {
    if (status === "left_scene" && assignment.hospital === null) setAsking("status");
    else void act(() => api.status(assignment.id, status, {}));
  };
  const onHospital = (hospital: string | null): void => {
    if (asking === "hospital") {
      if (hospital === null) setAsking(null);
      else void act(() => api.hospital(assignment.id, hospital));
    } else if (hospital === null) void act(() => api.status(assignment.id, "cleared", {}));
    else void act(() => api.status(assignment.id, "left_scene", { hospital }));
  };
  // Digits that stood for other statuses must not be pressed by a hand that was on its way.
  useLayoutEffect(() => setAsking((now) => (now === "further" ? null : now)), [assignment.status]);
  const further = (status: Status): void => {
    if (status === "refused" || status === "cancelled") void act(() => api.status(assignment.id, status, { why: status === "refused" ? "voice" : "recalled" }));
    else press(status);
  };
  useKeys({
    "⇧s": () => {
      if (!keyed) return false;
      setAsking("further");
      return true;
    },
    s: () => {
      if (!keyed || next === null || asking !== null) return false;
      press(next);
      return true;
    },
    h: () => {
      if (!keyed) return false;
      setAsking("hospital");
      return true;
    },
  });

  return (
    <article class="crewcard" data-testid={`assignment-${assignment.id}`} data-status={assignment.status}>
      <header>
        <button
          type="button"
          class="link num sign"
          onClick={() => {
            selectUnit(assignment.unit);
            wishMap("unit");
          }}
        >
          {unit?.call_sign ?? assignment.unit}
        </button>
        <span class="dim">{unit ? kindName(unit.crew_kind) : ""}</span>
        {unit && <StateMark state={unit.state} />}
        {unit && <Since key={unit.state_since_ms} from_ms={unit.state_since_ms} />}
      </header>
      <p class="row dim">
        <EtaLeft key={assignment.status} assignment={assignment} />
        {unit && (
          <span>
            {t("fixAge").toLowerCase()} <FixAge index={unit.index} />
          </span>
        )}
      </p>
      {assignment.hospital !== null && (
        <p>
          <span class="dim">{t("hospital")}:</span> {hospitalName(assignment.hospital)}
        </p>
      )}
      {assignment.override_reason !== null && (
        <p class="dim">
          {t("overrideTitle")} {tCode(`override_${assignment.override_reason}`).replace(/^override /, "")}
        </p>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {asking === "further" ? (
        <Further status={assignment.status} onPress={further} onBack={() => setAsking(null)} />
      ) : asking === null ? (
        <div class="statuses">
          {next && (
            <button type="button" class="primary" data-testid="status-next" disabled={busy} onClick={() => press(next)}>
              {doText(next)} {keyed && <Key>S</Key>}
            </button>
          )}
          {["at_patient", "left_scene", "at_hospital", "on_scene"].includes(assignment.status) && (
            <button type="button" data-testid="choose-hospital" onClick={() => setAsking("hospital")}>
              {t("hospital")} {keyed && <Key>H</Key>}
            </button>
          )}
          <button type="button" class="quiet" data-testid="status-other" onClick={() => setAsking("further")}>
            {t("otherStatus")} {keyed && <Key>⇧S</Key>}
          </button>
        </div>
      ) : (
        <Hospitals assignment={assignment} onChosen={onHospital} onBack={() => setAsking(null)} />
      )}
    </article>
  );
}
