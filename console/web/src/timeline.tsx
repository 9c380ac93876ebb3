// What happened to a call, in words: each entry of the journal that touched it, with both clocks where they differ.
import type { JSX } from "preact";
import { deskName } from "./desks";
import { URGENCIES } from "./deskviews";
import { callTakingSentence } from "./calltakingtimeline";
import { clockTime, minutes } from "./format";
import { actorText, hospitalName } from "./names";
import { lang } from "./settings";
import { region, signOf } from "./store";
import { t, tCode } from "./texts";
import type { Json, TimelineEntry } from "./views";

const text = (value: Json | undefined): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** Times that lie further apart than this are both shown. */
const SAME_MS = 3000;

const OVERRIDE_PREFIX = "override_";

function overrideText(code: string): string {
  return tCode(OVERRIDE_PREFIX + code).startsWith(OVERRIDE_PREFIX.slice(0, -1)) ? code : tCode(OVERRIDE_PREFIX + code);
}

/** The free text or the short-list code of an override, in words. */
export { overrideText };

function sentence(entry: TimelineEntry): string {
  const data = entry.data;
  const ru = lang.value === "ru";
  const unit = signOf(text(data.unit));
  switch (entry.kind) {
    case "incident_created":
      return ru ? "Вызов принят" : "Call taken";
    case "incident_cancelled":
      return `${ru ? "Вызов отменён" : "Call cancelled"} (${tCode(`how_${text(data.how) || "cancelled"}`)}): ${text(data.why)}`;
    case "incident_closed":
      return `${ru ? "Вызов завершён" : "Call closed"}${data.automatic === true ? (ru ? " сам" : " by itself") : ""}: ${tCode(text(data.outcome))}`;
    case "crew_assigned": {
      const eta = typeof data.eta_s === "number" ? `, ${ru ? "путь" : "ETA"} ${minutes(data.eta_s)}` : "";
      const rank = typeof data.rank === "number" ? `, ${ru ? "в списке" : "ranked"} ${data.rank}` : "";
      const override = text(data.override_reason);
      const why = override === "" ? "" : ` (${overrideText(override)})`;
      return `${ru ? "Отправлена бригада" : "Sent crew"} ${unit}${eta}${rank}${why}`;
    }
    case "status_changed": {
      const why = text(data.why);
      return `${unit}: ${tCode(text(data.status))}${why === "" ? "" : ` (${tCode(why)})`}`;
    }
    case "motion_inferred": {
      const off = typeof data.disagreement_s === "number" ? ` (${t("motion_differs", { time: minutes(Math.abs(data.disagreement_s)) })})` : "";
      return t(data.what === "departed" ? "motion_departed" : "motion_arrived", { unit }) + off;
    }
    case "crews_swapped": {
      const gain_s = typeof data.gain_s === "number" ? data.gain_s : 0;
      return ru ? `По предложению бригады сменились (быстрее на ${minutes(gain_s)} в сумме)` : `Crews were changed by a proposal (${minutes(gain_s)} sooner in sum)`;
    }
    case "time_corrected": {
      const time = (at_ms: Json | undefined): string => (typeof at_ms === "number" ? clockTime(at_ms, region.value?.timezone ?? "UTC") : "—");
      return `${unit}: ${ru ? "исправлено время" : "time corrected"} «${tCode(text(data.what))}» ${time(data.before_ms)} → ${time(data.to_ms)} (${text(data.why)})`;
    }
    case "incident_reopened":
      return t("incident_reopened", { why: text(data.why) });
    case "call_queued":
      return t("call_queued", { unit });
    case "call_unqueued":
      return t("call_unqueued", { unit, why: tCode(`left_${text(data.left)}`) });
    case "hospital_chosen":
      return `${unit}: ${ru ? "везёт в" : "goes to"} ${hospitalName(text(data.hospital))}`;
    case "owner_changed":
      return `${t("owner_changed")}: ${deskName(text(data.before))} → ${deskName(text(data.owner))} (${tCode(`handed_${text(data.why)}`)})`;
    case "shift_opened":
      return `${t("shift_opened")}: ${deskName(text(data.workplace))}, ${text(data.name)}`;
    case "shift_ended":
      return `${t("shift_ended")}: ${deskName(text(data.workplace))}`;
    case "triage_counted":
      return `${t("triage_counted")}: ${URGENCIES.map((urgency) => `${t(`triage_${urgency}`)} ${text(data[urgency])}`).join(", ")}`;
    case "beds_promised":
      return `${t("beds_promised")}: ${hospitalName(text(data.hospital))} ${text(data.beds)}`;
    case "reserve_set":
      return `${t("reserve_set")}: ${text(data.reserve) || t("reserveByPlan")} (${text(data.why)})`;
    default:
      return callTakingSentence(entry.kind, data) ?? tCode(entry.kind);
  }
}

function Entry({ entry }: { entry: TimelineEntry }): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  const late = Math.abs(entry.learned_ms - entry.at_ms) > SAME_MS;
  return (
    <li>
      <time class="num">{clockTime(entry.at_ms, zone)}</time>
      <span>
        {sentence(entry)}
        <span class="dim">
          {" "}
          · {actorText(entry.by)}
          {late && <span class="num"> · {t("learnedAt", { time: clockTime(entry.learned_ms, zone) })}</span>}
        </span>
      </span>
    </li>
  );
}

export function Timeline({ entries, missing = false }: { entries: readonly TimelineEntry[]; missing?: boolean }): JSX.Element {
  const rows = [...entries].sort((a, b) => b.at_ms - a.at_ms || b.seq - a.seq);
  return (
    <section class="timelinebox" aria-label={t("timeline")}>
      <h3>{t("timeline")}</h3>
      {missing && <p class="warn">{t("timelineMissing")}</p>}
      <ol class="timeline" data-testid="timeline">
        {rows.map((entry) => (
          <Entry key={entry.seq} entry={entry} />
        ))}
      </ol>
    </section>
  );
}
