// Which crews the major incident is still to get by its plan; one key sends those that are next.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api";
import { deskApi } from "../deskapi";
import type { MajorPlanView, MajorView } from "../deskviews";
import { minutes } from "../format";
import { Key } from "../keycap";
import { useKeys } from "../keys";
import { kindName } from "../names";
import { words } from "../refusals";
import { signOf, tick } from "../store";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

/** Ask for the plan again after so many half-second ticks, and whenever a crew's state changes. */
const REFRESH_TICKS = 10;

function usePlan(incident: IncidentView): MajorPlanView | null {
  const [plan, setPlan] = useState<MajorPlanView | null>(null);
  const beat = Math.floor(tick.value / REFRESH_TICKS);
  const busy = incident.assignments.length;
  useEffect(() => {
    let gone = false;
    deskApi.plan(incident.id).then((loaded) => !gone && setPlan(loaded), () => undefined);
    return () => {
      gone = true;
    };
  }, [incident.id, beat, busy, incident.major?.scale, incident.major?.reserve]);
  return plan;
}

export function Plan({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const plan = usePlan(incident);
  const [sent, setSent] = useState<string | null>(null);
  const next = plan?.plan.flatMap((line) => line.next) ?? [];
  const send = async (): Promise<void> => {
    if (!plan || next.length === 0) return;
    await act(async () => {
      const answer = await deskApi.send(incident.id, next, plan.made_at_ms);
      const refused = answer.refused.map((each) => `${signOf(each.unit)}: ${words(new Refusal(409, each.code, each.message, null))}`).join("; ");
      setSent(t("majorSent", { n: answer.sent.length }) + (refused === "" ? "" : ` · ${refused}`));
    });
  };
  useKeys({ d: () => void send() });
  const full = major.plan.every((line) => line.sent >= line.wanted);
  return (
    <section aria-label={t("majorPlan")}>
      <h4>{t("majorPlan")}</h4>
      <ul class="planlines">
        {major.plan.map((line) => {
          const coming = plan?.plan.find((each) => each.kind === line.kind)?.next ?? [];
          const missing = line.wanted - line.sent;
          return (
            <li key={line.kind} data-testid={`plan-${line.kind}`}>
              <span class="grow">{kindName(line.kind)}</span>
              <b class={missing > 0 ? "num caution" : "num"}>
                {line.sent}/{line.wanted}
              </b>
              <span class="num dim plannext">
                {missing <= 0
                  ? ""
                  : coming.length === 0
                    ? t("majorNone")
                    : coming.map((unit) => `${signOf(unit)} ${minutes(plan?.etas_s[unit] ?? 0)}`).join(", ")}
              </span>
            </li>
          );
        })}
      </ul>
      {sent && (
        <p class="done" role="status" data-testid="plan-sent">
          {sent}
        </p>
      )}
      {full ? (
        <p class="dim">{t("majorFull")}</p>
      ) : (
        <button type="button" class="primary" data-testid="plan-send" disabled={next.length === 0} onClick={() => void send()}>
          {t("majorSend", { n: next.length })} <Key>D</Key>
        </button>
      )}
    </section>
  );
}
