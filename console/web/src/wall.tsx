// The wall: read from across the room. Four figures, the queue by what runs out first, the map.
import { computed, signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Address } from "./address";
import { api } from "./api";
import { clockTime, percent } from "./format";
import { MapPane } from "./mappane";
import { kindName, reasonText, substationName } from "./names";
import { NormCountdown, PriorityMark, Since, StateMark } from "./parts";
import type { QueueRow } from "./queueorder";
import { Safe } from "./safe";
import { lang } from "./settings";
import { linkState, nowMs, queue, region, resort, signOf, tickingNowMs, units } from "./store";
import { t, type TextKey } from "./texts";

const REPORT_MS = 30_000;
/** A shift: so far back the share looks. */
const SHIFT_MS = 12 * 3_600_000;
const share = signal<number | null>(null);

const late = computed(() => {
  void resort.value;
  return queue.value.filter(isLate).length;
});

async function loadShare(): Promise<void> {
  try {
    share.value = (await api.arrivals(nowMs() - SHIFT_MS)).rows[0]?.cells.response?.within_norm ?? null;
  } catch {
    // The figure of before stays; the connection's sign says the rest.
  }
}

type Shown = "waiting" | "late" | "open" | "free";

/** Which figure's calls or crews the list shows; all calls again after a while, for a wall is nobody's own. */
const shown = signal<Shown>("open");
const SHOWN_MS = 60_000;
let resting: number | undefined;

function showBehind(what: Shown): void {
  window.clearTimeout(resting);
  shown.value = shown.peek() === what ? "open" : what;
  resting = window.setTimeout(() => (shown.value = "open"), SHOWN_MS);
}

function Figure({ text, value, strong = false, id }: { text: TextKey; value: string; strong?: boolean; id: Shown }): JSX.Element {
  return (
    <div class={`figure${strong ? " strong" : ""}`} data-testid={`wall-${id}`}>
      <dt>{t(text)}</dt>
      <dd class="num">
        <button type="button" class="figurelink" aria-label={`${t(text)}: ${value}`} aria-pressed={shown.value === id && id !== "open"} onClick={() => showBehind(id)}>
          {value}
        </button>
      </dd>
    </div>
  );
}

const isLate = ({ incident }: QueueRow): boolean => incident.arrived_at_ms === null && incident.norm_ends_ms < nowMs();

function FreeCrews(): JSX.Element {
  const free = [...units.value.values()].filter((unit) => unit.state === "free");
  return (
    <ol class="wallqueue" aria-label={t("wallFree")} data-testid="wall-list" data-shown="free">
      {free.map((unit) => (
        <li key={unit.id}>
          <b class="num">{unit.call_sign}</b>
          <span class="grow">
            <b>{kindName(unit.crew_kind)}</b>
            <span class="address">{substationName(unit.substation)}</span>
          </span>
          <StateMark state={unit.state} /> <Since key={unit.state_since_ms} from_ms={unit.state_since_ms} />
        </li>
      ))}
    </ol>
  );
}

export function WallPage(): JSX.Element {
  useEffect(() => {
    void loadShare();
    const timer = window.setInterval(() => void loadShare(), REPORT_MS);
    return () => window.clearInterval(timer);
  }, []);
  const zone = region.value?.timezone ?? "UTC";
  const clock = useComputed(() => clockTime(tickingNowMs(), zone));
  const rows = queue.value;
  const waiting = rows.filter((row) => row.incident.phase === "waiting").length;
  const shownRows = shown.value === "waiting" ? rows.filter((row) => row.incident.phase === "waiting") : shown.value === "late" ? rows.filter(isLate) : rows;
  const free = [...units.value.values()].filter((unit) => unit.state === "free").length;
  return (
    <main class="wall" data-testid="wall">
      <header>
        <h1>{region.value?.name[lang.value]}</h1>
        {linkState.value !== "live" && <span class="connection lost">{t(linkState.value)}</span>}
        <time class="num">{clock}</time>
      </header>
      <dl class="figures4">
        <Figure id="waiting" text="wallWaiting" value={String(waiting)} strong={waiting > 0} />
        <Figure id="late" text="wallLate" value={String(late.value)} strong={late.value > 0} />
        <Figure id="open" text="wallOpen" value={String(rows.length)} />
        <Figure id="free" text="wallFree" value={`${free}/${units.value.size}`} />
        <div class="figure" data-testid="wall-share">
          <dt>{t("wallShare")}</dt>
          <dd class="num">
            <a class="figurelink" href="#/reports" aria-label={`${t("wallShare")}: ${share.value === null ? "—" : percent(share.value)}`}>
              {share.value === null ? "—" : percent(share.value)}
            </a>
          </dd>
        </div>
      </dl>
      {shown.value === "free" ? <FreeCrews /> : <Calls rows={shownRows} />}
      <Safe>
        <MapPane />
      </Safe>
    </main>
  );
}

function Calls({ rows }: { rows: QueueRow[] }): JSX.Element {
  return (
      <ol class="wallqueue" aria-label={t("queue")} data-testid="wall-list" data-shown={shown.value}>
        {rows.map(({ incident, assignments }) => (
          <li key={incident.id} class={incident.phase === "waiting" ? "attention" : ""}>
            <PriorityMark priority={incident.priority} />
            <span class="grow">
              <b>{reasonText(incident.reason)}</b>
              <Address label={incident.place.label} />
            </span>
            <span class="wallcrews">
              {assignments.length === 0 ? (
                <span class="needs">{t("needsCrew")}</span>
              ) : (
                assignments.map((each) => {
                  const unit = units.value.get(each.unit);
                  return (
                    <span key={each.id} class="crewline">
                      <b class="num">{signOf(each.unit)}</b> {unit && <StateMark state={unit.state} />}
                    </span>
                  );
                })
              )}
            </span>
            <NormCountdown key={`${incident.id}${incident.arrived_at_ms}`} incident={incident} />
          </li>
        ))}
        {rows.length === 0 && <li class="empty">{t("noCalls")}</li>}
      </ol>
  );
}
