// The command line: `/`, then a letter and its numbers, or words to search calls and crews by.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "./api";
import { Combobox } from "./combobox";
import { readCommand, type Command } from "./commandline";
import { coordinatesLabel, parseCoordinates } from "./coordinates";
import { recommendation, wantAnother } from "./detail";
import { phaseText, stateText } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { reasonText, substationName } from "./names";
import { GroupMark, PriorityMark } from "./parts";
import { inQueue } from "./queueorder";
import { overriding } from "./recommendation";
import { words } from "./refusals";
import { incidents, queue, region, units } from "./store";
import { t, type TextKey } from "./texts";
import { draftPoint, notice, openForm, searchOpen, selectCall, selectUnit, wishMap } from "./ui";
import { GROUP_OF } from "./unitstyle";
import type { FoundPlace, IncidentView, UnitView } from "./views";

type Hit =
  | { call: IncidentView }
  | { unit: UnitView }
  | { place: FoundPlace; use: "show" | "call" }
  | { send: UnitView; to: IncidentView }
  | { open: "form"; address: string };
const MOST = 12;
const TYPING_MS = 120;

const ofCall = (text: string): ((call: IncidentView) => boolean) => {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return (each) => {
    const hay = `№${each.number} ${each.place.label} ${reasonText(each.reason)} ${each.phone ?? ""} ${each.patient ?? ""}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  };
};

function callsFor(text: string): IncidentView[] {
  return [...incidents.value.values()]
    .filter(ofCall(text))
    .sort((a, b) => Number(a.ended_at_ms !== null) - Number(b.ended_at_ms !== null) || Number(String(b.number) === text.trim()) - Number(String(a.number) === text.trim()) || b.number - a.number);
}

function unitsFor(text: string): UnitView[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const sign = text.trim();
  return [...units.value.values()]
    .filter((each) => words.every((word) => `${each.call_sign} ${substationName(each.substation)} ${stateText(each.state)}`.toLowerCase().includes(word)))
    .sort((a, b) => Number(b.call_sign === sign) - Number(a.call_sign === sign) || Number(b.call_sign.startsWith(sign)) - Number(a.call_sign.startsWith(sign)));
}

function searched(text: string): Hit[] {
  if (text === "") return [];
  const crews = unitsFor(text);
  const exact = crews.filter((each) => each.call_sign === text);
  const rest = crews.filter((each) => each.call_sign !== text);
  return [...exact.map((unit) => ({ unit })), ...callsFor(text).map((call) => ({ call })), ...rest.map((unit) => ({ unit }))];
}

/** Pairs of call and crew for `s`: open calls by number, crews by sign, free ones first. */
function sendings(callText: string, crewText: string): Hit[] {
  const open = [...incidents.value.values()].filter(inQueue);
  const calls = callText === "" ? queue.value.map((row) => row.incident) : open.filter((each) => String(each.number).startsWith(callText));
  calls.sort((a, b) => Number(String(b.number) === callText) - Number(String(a.number) === callText));
  const [to] = calls;
  if (!to) return [];
  if (callText === "" || (crewText === "" && String(to.number) !== callText)) return calls.map((call) => ({ call }));
  const best = recommendation.value?.incident === to.id ? recommendation.value.crews : [];
  const rank = new Map(best.map((crew) => [crew.unit, crew.rank]));
  return [...units.value.values()]
    .filter((each) => each.call_sign.startsWith(crewText) && (crewText !== "" || each.state === "free"))
    .sort((a, b) => Number(b.call_sign === crewText) - Number(a.call_sign === crewText) || (rank.get(a.id) ?? 99) - (rank.get(b.id) ?? 99))
    .map((send) => ({ send, to }));
}

function hits(command: Command, places: readonly FoundPlace[]): Hit[] {
  const found = ((): Hit[] => {
    switch (command.act) {
      case "new":
        return [{ open: "form", address: command.address }];
      case "send":
        return sendings(command.call, command.crew);
      case "follow":
        return unitsFor(command.crew).map((unit) => ({ unit }));
      case "address":
        return places.flatMap((place): Hit[] => [{ place, use: "show" }]);
      case "search":
        return searched(command.text);
    }
  })();
  return found.slice(0, MOST);
}

function usePlaces(command: Command): FoundPlace[] {
  const [found, setFound] = useState<FoundPlace[]>([]);
  const text = command.act === "address" ? command.text : "";
  useEffect(() => {
    if (text.length < 2) {
      setFound([]);
      return;
    }
    const here = parseCoordinates(text, region.peek()?.bounds);
    if (here) {
      setFound([{ label: coordinatesLabel(here.lat_deg, here.lon_deg), ...here, kind: "coordinates" }]);
      return;
    }
    const asking = new AbortController();
    const timer = window.setTimeout(() => api.places(text, asking.signal).then((answer) => setFound(answer.places), () => undefined), TYPING_MS);
    return () => {
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [text]);
  return found;
}

/** Send by numbers: the first of the ranking goes at once, any other is asked why in the call's panel. */
async function send(unit: UnitView, to: IncidentView): Promise<void> {
  selectCall(to.id);
  try {
    const ranking = await api.recommendation(to.id);
    const chosen = ranking.crews.find((crew) => crew.unit === unit.id);
    if (chosen?.rank === 1 && chosen.held !== true) await api.assign(to.id, unit.id, null, { shown_at_ms: ranking.made_at_ms, shown_rank: 1 });
    else {
      if (to.phase !== "waiting") wantAnother.value = true;
      overriding.value = unit.id;
    }
  } catch (error) {
    notice.value = words(error);
  }
}

const COMMANDS: readonly (readonly [keys: string, what: TextKey])[] = [
  ["n", "newCall"],
  ["s 12 7", "command_send"],
  ["f 7", "command_follow"],
  ["? …", "command_address"],
];

export function Search(): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const close = (): void => {
    searchOpen.value = false;
  };
  useKeys({ Escape: close }, true);
  const command = readCommand(text);
  const places = usePlaces(command);
  const found = hits(command, places);
  const pick = (hit: Hit): void => {
    if ("call" in hit && command.act === "send") {
      // A call is chosen, its crew is not: go on typing.
      setText(`s ${hit.call.number} `);
      setAt(0);
      return;
    }
    close();
    if ("call" in hit) selectCall(hit.call.id);
    else if ("open" in hit) openForm(hit.address);
    else if ("send" in hit) void send(hit.send, hit.to);
    else if ("place" in hit) {
      draftPoint.value = hit.place;
      wishMap("draft");
    } else {
      if (command.act === "search" && hit.unit.incident !== null) selectCall(hit.unit.incident);
      selectUnit(hit.unit.id);
      wishMap(command.act === "follow" ? "follow" : "unit");
    }
  };
  return (
    <div class="veil" onClick={close}>
      <div class="sheet search" role="dialog" aria-modal="true" aria-label={t("search")} onClick={(event) => event.stopPropagation()}>
        <Combobox<Hit>
          id="search"
          label={t("search")}
          hint={t("commandHint")}
          testId="search-input"
          optionTestId="search-option"
          text={text}
          options={found}
          open={text.trim() !== ""}
          at={at}
          wantFocus
          always
          invalid={false}
          empty={text.trim() !== "" && found.length === 0 ? t("nothingFound") : null}
          keyOf={(hit) =>
            "call" in hit
              ? `call ${hit.call.id}`
              : "unit" in hit
                ? `unit ${hit.unit.id}`
                : "send" in hit
                  ? `send ${hit.send.id}`
                  : "open" in hit
                    ? "form"
                    : `place ${hit.place.label} ${hit.place.lat_deg} ${hit.place.lon_deg}`
          }
          show={(hit) =>
            "open" in hit ? (
              <span>
                {t("newCall")} {hit.address !== "" && <b>{hit.address}</b>}
              </span>
            ) : "place" in hit ? (
              <span>{hit.place.label}</span>
            ) : "send" in hit ? (
              <>
                <GroupMark group={GROUP_OF[hit.send.state]} />
                <span>{t("sendNumber", { unit: hit.send.call_sign })}</span>
                <span class="dim">
                  {" "}
                  → № {hit.to.number}, {hit.to.place.label} · {stateText(hit.send.state)}
                </span>
              </>
            ) : "call" in hit ? (
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
        <ul class="commandhelp" aria-label={t("commands")}>
          {COMMANDS.map(([keys, what]) => (
            <li key={keys}>
              <Key>{keys}</Key> {t(what)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
