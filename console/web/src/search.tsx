// Find a call or a crew by number, sign, address or reason.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Combobox } from "./combobox";
import { phaseText, stateText } from "./format";
import { useKeys } from "./keys";
import { reasonText, substationName } from "./names";
import { GroupMark, PriorityMark } from "./parts";
import { incidents, units } from "./store";
import { t } from "./texts";
import { searchOpen, selectCall, selectUnit, wishMap } from "./ui";
import { GROUP_OF } from "./unitstyle";
import type { IncidentView, UnitView } from "./views";

type Hit = { call: IncidentView } | { unit: UnitView };
const MOST = 12;

function hits(text: string): Hit[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const all = (hay: string): boolean => words.every((word) => hay.toLowerCase().includes(word));
  const calls = [...incidents.value.values()]
    .filter((each) => all(`№${each.number} ${each.place.label} ${reasonText(each.reason)} ${each.phone ?? ""} ${each.patient ?? ""}`))
    .sort((a, b) => Number(a.ended_at_ms !== null) - Number(b.ended_at_ms !== null) || b.number - a.number);
  const crews = [...units.value.values()]
    .filter((each) => all(`${each.call_sign} ${substationName(each.substation)} ${stateText(each.state)}`))
    .sort((a, b) => Number(b.call_sign === text.trim()) - Number(a.call_sign === text.trim()));
  const exact = crews.filter((each) => each.call_sign === text.trim());
  const rest = crews.filter((each) => each.call_sign !== text.trim());
  return [...exact.map((unit) => ({ unit })), ...calls.map((call) => ({ call })), ...rest.map((unit) => ({ unit }))].slice(0, MOST);
}

export function Search(): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const close = (): void => {
    searchOpen.value = false;
  };
  useKeys({ Escape: close }, true);
  const found = hits(text);
  const pick = (hit: Hit): void => {
    close();
    if ("call" in hit) selectCall(hit.call.id);
    else {
      if (hit.unit.incident !== null) selectCall(hit.unit.incident);
      selectUnit(hit.unit.id);
      wishMap("unit");
    }
  };
  return (
    <div class="veil" onClick={close}>
      <div class="sheet search" role="dialog" aria-modal="true" aria-label={t("search")} onClick={(event) => event.stopPropagation()}>
        <Combobox<Hit>
          id="search"
          label={t("search")}
          hint="12 · 1047 · Ленина"
          testId="search-input"
          optionTestId="search-option"
          text={text}
          options={found}
          open={text.trim() !== ""}
          at={at}
          wantFocus
          invalid={false}
          empty={text.trim() !== "" && found.length === 0 ? t("nothingFound") : null}
          keyOf={(hit) => ("call" in hit ? `call ${hit.call.id}` : `unit ${hit.unit.id}`)}
          show={(hit) =>
            "call" in hit ? (
              <>
                <PriorityMark priority={hit.call.priority} />
                <b class="num">№ {hit.call.number}</b> {hit.call.place.label}
                <span class="dim"> {phaseText(hit.call.phase)}</span>
              </>
            ) : (
              <>
                <GroupMark group={GROUP_OF[hit.unit.state]} />
                <b class="num">{hit.unit.call_sign}</b> {stateText(hit.unit.state)}
                <span class="dim"> {substationName(hit.unit.substation)}</span>
              </>
            )
          }
          onText={(next) => {
            setText(next);
            setAt(0);
          }}
          onAt={setAt}
          onPick={pick}
          onClose={() => undefined}
          onOpen={() => undefined}
          onEnter={() => undefined}
        />
      </div>
    </div>
  );
}
