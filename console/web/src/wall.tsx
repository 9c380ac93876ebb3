// The wall: read from across the room. Four figures, the queue by what runs out first, the map.
import { computed, signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "./api";
import { clockTime, percent } from "./format";
import { MapPane } from "./mappane";
import { reasonText } from "./names";
import { NormCountdown, PriorityMark, StateMark } from "./parts";
import { Safe } from "./safe";
import { lang } from "./settings";
import { linkState, nowMs, queue, region, resort, signOf, tickingNowMs, units } from "./store";
import { t, type TextKey } from "./texts";

const REPORT_MS = 30_000;
const share = signal<number | null>(null);

const late = computed(() => {
  void resort.value;
  return queue.value.filter(({ incident }) => incident.arrived_at_ms === null && incident.norm_ends_ms < nowMs()).length;
});

async function loadShare(): Promise<void> {
  try {
    share.value = (await api.report(region.peek()?.norm_s ?? 1200)).intervals.response?.within_norm ?? null;
  } catch {
    // The figure of before stays; the connection's sign says the rest.
  }
}

function Figure({ text, value, strong = false, id }: { text: TextKey; value: string; strong?: boolean; id: string }): JSX.Element {
  return (
    <div class={`figure${strong ? " strong" : ""}`} data-testid={`wall-${id}`}>
      <dt>{t(text)}</dt>
      <dd class="num">{value}</dd>
    </div>
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
        <Figure id="share" text="wallShare" value={share.value === null ? "—" : percent(share.value)} />
      </dl>
      <ol class="wallqueue" aria-label={t("queue")}>
        {rows.map(({ incident, assignments }) => (
          <li key={incident.id} class={incident.phase === "waiting" ? "attention" : ""}>
            <PriorityMark priority={incident.priority} />
            <span class="grow">
              <b>{reasonText(incident.reason)}</b>
              <span class="address">{incident.place.label}</span>
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
      <Safe>
        <MapPane />
      </Safe>
    </main>
  );
}
