// The unit board: every crew by base and state, with the age of its last fix. Works without the map.
import { signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { printBoard } from "./crewingapi";
import { boardRows, type BoardOrder, type BoardRow } from "./boardrows";
import { stateText } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { kindName, substationName } from "./names";
import { FixAge, GroupMark, isStale, Since, StateMark } from "./parts";
import { fixAge_s, incidents, nowMs, positions, resort, selectedUnit, units } from "./store";
import { t } from "./texts";
import { go, page, selectCall, selectUnit, wishMap } from "./ui";
import { GROUP_OF, type StateGroup } from "./unitstyle";
import { UNIT_STATES, type UnitView } from "./views";

const ROW_PX = 26;
/** Below this many rows everything is in the page; above it only what can be seen. */
const ALL_BELOW = 400;

const filter = signal("");
const order = signal<BoardOrder>("substation");
/** Only the crews of one group of states: a figure of the overview was opened. */
export const boardGroup = signal<StateGroup | null>(null);

/** Show the crews behind a figure: of a group of states, or of a base. */
export function showCrews(group: StateGroup | null, text = ""): void {
  boardGroup.value = boardGroup.peek() === group && filter.peek() === text ? null : group;
  filter.value = filter.peek() === text ? "" : text;
}

function UnitRow({ unit }: { unit: UnitView }): JSX.Element {
  const ageS = useComputed(() => String(Math.floor(fixAge_s(unit.index) ?? -1)));
  const look = useComputed(() => `boardrow${isStale(unit.index) ? " stale" : ""}${selectedUnit.value === unit.id ? " chosen" : ""}`);
  const incident = unit.incident === null ? undefined : incidents.value.get(unit.incident);
  return (
    <tr class={look} data-testid={`unit-row-${unit.id}`} data-state={unit.state} data-age={ageS} style={{ height: `${ROW_PX}px` }}>
      <td>
        <button
          type="button"
          class="link num sign"
          onClick={() => {
            selectUnit(unit.id);
            wishMap("unit");
          }}
        >
          {unit.call_sign}
        </button>
      </td>
      <td>
        <StateMark state={unit.state} />
      </td>
      <td class="right">
        <Since key={unit.state_since_ms} from_ms={unit.state_since_ms} />
      </td>
      <td>
        {incident ? (
          <button
            type="button"
            class="link num"
            title={(unit.queue ?? []).length > 0 ? t("queuedPlus", { n: (unit.queue ?? []).length }) : undefined}
            onClick={() => selectCall(incident.id)}
          >
            № {incident.number}
            {(unit.queue ?? []).length > 0 && ` +${(unit.queue ?? []).length}`}
          </button>
        ) : null}
      </td>
      <td class="kindcell">
        {kindName(unit.crew_kind)} {unit.vehicle_class && <span class="dim">{unit.vehicle_class}</span>}
      </td>
      <td class="right">
        <FixAge index={unit.index} />
      </td>
    </tr>
  );
}

function Rows({ rows, from, to }: { rows: BoardRow[]; from: number; to: number }): JSX.Element {
  return (
    <tbody>
      {from > 0 && <tr style={{ height: `${from * ROW_PX}px` }} />}
      {rows.slice(from, to).map((row) =>
        "unit" in row ? (
          <UnitRow key={row.unit.id} unit={row.unit} />
        ) : (
          <tr key={`group ${row.group}`} class="grouprow" style={{ height: `${ROW_PX}px` }}>
            <th colSpan={6} scope="rowgroup">
              {row.group} <span class="dim num">{t("freeOf", { n: row.free, m: row.total })}</span>
            </th>
          </tr>
        ),
      )}
      {to < rows.length && <tr style={{ height: `${(rows.length - to) * ROW_PX}px` }} />}
    </tbody>
  );
}

const rowsNow = (): BoardRow[] => {
  if (order.value === "age") void resort.value;
  const group = boardGroup.value;
  const shown = group === null ? [...units.value.values()] : [...units.value.values()].filter((unit) => GROUP_OF[unit.state] === group);
  return boardRows(shown, filter.value, order.value, {
    substation: substationName,
    state: (unit) => stateText(unit.state),
    kind: kindName,
    stateRank: (unit) => UNIT_STATES.indexOf(unit.state),
    age: (unit) => fixAgeNow(unit.index),
  });
};

function fixAgeNow(index: number): number {
  const taken_ms = positions.taken_ms[index] ?? 0;
  return taken_ms > 0 ? nowMs() - taken_ms : Number.MAX_SAFE_INTEGER;
}

const ORDERS: readonly BoardOrder[] = ["substation", "state", "age"];
/** The next way to sort, after the last the first. */
function nextOrder(): void {
  order.value = ORDERS[(ORDERS.indexOf(order.peek()) + 1) % ORDERS.length] ?? "substation";
}

/** From the filter into the rows: the crew above or below the chosen one, and the map goes with it. */
function moveInBoard(rows: BoardRow[], step: 1 | -1 | 0): void {
  const shown = rows.flatMap((row) => ("unit" in row ? [row.unit.id] : []));
  const at = shown.indexOf(selectedUnit.peek() ?? "");
  const next = at < 0 ? shown[0] : shown[Math.min(shown.length - 1, Math.max(0, at + step))];
  if (next === undefined) return;
  selectUnit(next);
  wishMap("unit");
}

const ORDER_TEXT = { substation: "bySubstation", state: "byState", age: "byAge" } as const;

export function Board(): JSX.Element {
  const rows = rowsNow();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  // Told, not asked for: asking makes the browser lay the whole page out on the spot, at each event.
  const [height_px, setHeight] = useState(600);
  useLayoutEffect(() => {
    const watching = new ResizeObserver((found) => setHeight(found[0]?.contentRect.height ?? 600));
    if (box.current) watching.observe(box.current);
    return () => watching.disconnect();
  }, []);
  useKeys({ "⇧o": nextOrder });
  const free = [...units.value.values()].filter((unit) => unit.state === "free").length;
  const windowed = rows.length > ALL_BELOW;
  const seen = Math.ceil(height_px / ROW_PX) + 20;
  const from = windowed ? Math.max(0, Math.floor(top / ROW_PX) - 10) : 0;
  const to = windowed ? Math.min(rows.length, from + seen) : rows.length;
  return (
    <section class="pane boardpane" aria-label={t("board")}>
      <header class="panehead">
        <h2>
          {t("board")} <span class="count num">{t("freeOf", { n: free, m: units.value.size })}</span>
        </h2>
        {boardGroup.value !== null && (
          <button type="button" class="groupchip" data-testid="board-group" onClick={() => (boardGroup.value = null)}>
            <GroupMark group={boardGroup.value} /> {t("onlyThese")} ✕
          </button>
        )}
        <span class="grow" />
        <input
          id="board-filter"
          class="filter"
          type="search"
          aria-label={`${t("filterUnits")}: ${t("board")}`}
          placeholder={t("filterUnits")}
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInBoard(rows, event.key === "ArrowDown" ? 1 : -1);
            else if (event.key === "Enter") {
              moveInBoard(rows, 0);
              event.currentTarget.blur();
            } else if (event.key === "Escape") {
              filter.value = "";
              event.currentTarget.blur();
            } else return;
            event.preventDefault();
          }}
        />
        <Key>B</Key>
        {page.value !== "past" && (
          <>
            <button type="button" class="quiet" data-testid="resources-open" onClick={() => go("resources")}>
              {t("resourcesShort")} <Key>-</Key>
            </button>
            <button type="button" class="quiet" data-testid="print-board" onClick={printBoard}>
              {t("printShort")} <Key>0</Key>
            </button>
          </>
        )}
        <div class="segments" role="group" aria-label={t("sortBy")}>
          {ORDERS.map((each) => (
            <button key={each} type="button" aria-pressed={order.value === each} onClick={() => (order.value = each)}>
              {t(ORDER_TEXT[each])}
            </button>
          ))}
        </div>
        <Key>⇧O</Key>
      </header>
      <div
        class="scroll"
        ref={box}
        tabIndex={-1}
        onScroll={windowed ? (event) => setTop(Math.floor(event.currentTarget.scrollTop / 130) * 130) : undefined}
      >
        <table class="board" data-testid="board">
          <thead>
            <tr>
              <th scope="col">{t("crew")}</th>
              <th scope="col">{t("state")}</th>
              <th scope="col" class="right">
                {t("since")}
              </th>
              <th scope="col">{t("call")}</th>
              <th scope="col">{t("kind")}</th>
              <th scope="col" class="right">
                {t("fixAge")}
              </th>
            </tr>
          </thead>
          <Rows rows={rows} from={from} to={to} />
        </table>
        {rows.length === 0 && <p class="empty dim">{t("noUnits")}</p>}
      </div>
    </section>
  );
}
