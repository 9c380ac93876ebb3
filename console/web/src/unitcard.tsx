// The chosen unit: who it is, how fresh its fix is, and its duty, which the dispatcher may set for it.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { UnitCrew } from "./crewing";
import { Doubt } from "./doubt";
import { Key } from "./keycap";
import { typing, useKeys } from "./keys";
import { kindName, substationName } from "./names";
import { FixAge, Since, StateMark } from "./parts";
import { words } from "./refusals";
import { incidents, session } from "./store";
import { t, type TextKey } from "./texts";
import { selectCall, selectUnit } from "./ui";
import type { Duty, UnitView } from "./views";

const DUTIES: readonly (readonly [Duty, TextKey])[] = [
  ["on", "toFree"],
  ["break", "break"],
  ["refuelling", "refuelling"],
  ["out_of_order", "out_of_order"],
  ["off", "off_duty"],
];

export function UnitCard({ unit }: { unit: UnitView }): JSX.Element {
  const [problem, setProblem] = useState<string | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const invite = async (): Promise<void> => {
    try {
      setLink(location.origin + (await api.link({ unit: unit.id })).path);
    } catch (error) {
      setProblem(words(error));
    }
  };
  const incident = unit.incident === null ? undefined : incidents.value.get(unit.incident);
  const set = async (duty: Duty): Promise<void> => {
    setProblem(null);
    try {
      await api.duty(unit.id, duty);
    } catch (error) {
      setProblem(words(error));
    }
  };
  const self = useRef<HTMLElement>(null);
  // Where the panes stand one below the other (200% zoom) the card is elsewhere; whoever walks the board stays there.
  useLayoutEffect(() => {
    if (!typing(document.activeElement)) self.current?.scrollIntoView({ block: "nearest" });
  }, [unit.id]);
  const linkable = session.value?.role === "dispatcher";
  useKeys({
    Escape: () => selectUnit(null),
    // With Shift: a digit that was meant for a ranking must not take a crew off duty.
    ...Object.fromEntries(DUTIES.map(([duty], i) => [`⇧${i + 1}`, () => void set(duty)] as const)),
    "⇧l": () => (linkable ? void invite() : undefined),
  });
  return (
    <article ref={self} class="unitcard" aria-label={`${t("crew")} ${unit.call_sign}`} data-testid="unit-card">
      <div class="row">
        <b class="num unitsign">{unit.call_sign}</b>
        <StateMark state={unit.state} />
        <Since key={unit.state_since_ms} from_ms={unit.state_since_ms} />
        <span class="grow" />
        <button type="button" class="quiet" onClick={() => selectUnit(null)}>
          {t("close")} <Key>Esc</Key>
        </button>
      </div>
      <p class="dim">
        {kindName(unit.crew_kind)} {unit.vehicle_class} · {substationName(unit.substation)} · {t("fixAge").toLowerCase()}{" "}
        <FixAge key={unit.id} index={unit.index} />
      </p>
      <Doubt key={unit.id} unit={unit} />
      {incident && (
        <p>
          <button type="button" class="link" onClick={() => selectCall(incident.id)}>
            {t("call")} № {incident.number}, {incident.place.label}
          </button>
        </p>
      )}
      <div class="duties" role="group" aria-label={t("duty")}>
        {DUTIES.map(([duty, name], i) => (
          <button
            key={duty}
            type="button"
            aria-pressed={unit.duty === duty}
            data-testid={`duty-${duty}`}
            disabled={unit.duty === duty}
            onClick={() => void set(duty)}
          >
            {t(name)} <Key>⇧{i + 1}</Key>
          </button>
        ))}
      </div>
      <UnitCrew key={unit.id} unit={unit} />
      {linkable && (
        <p class="unitlink">
          {link === null ? (
            <button type="button" class="quiet" data-testid="unit-link" onClick={() => void invite()}>
              {t("link")} <Key>⇧L</Key>
            </button>
          ) : (
            <>
              <input readOnly aria-label={t("link")} data-testid="unit-link-text" value={link} onFocus={(event) => event.currentTarget.select()} />
              <span class="dim">{t("linkHint")}</span>
            </>
          )}
        </p>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}
