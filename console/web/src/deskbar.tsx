// Over the queue: at which desk one sits, and whose queue is looked at.
import type { JSX } from "preact";
import { deskName, deskSheetOpen, deskViews, lookAt, myDesks, queueView, shownQueue } from "./desks";
import { isShown } from "./deskqueue";
import { desks, marksByCall } from "./desks";
import { Key } from "./keycap";
import { queue } from "./store";
import { t } from "./texts";

function viewName(view: string): string {
  return view === "mine" ? t("viewMine") : view === "all" ? t("viewAll") : deskName(view);
}

export function DeskBar(): JSX.Element | null {
  if (desks.value.workplaces.length === 0) return null;
  const mine = myDesks.value;
  const rows = queue.value;
  const count = (view: string): number =>
    view === "all" || view === "mine"
      ? rows.filter((row) => isShown(row.incident, view, desks.value, marksByCall.value.get(row.incident.id) ?? [])).length
      : rows.filter((row) => row.incident.owner === view).length;
  return (
    <div class="deskbar">
      <div class="deskline">
        <button type="button" class={mine.length > 0 ? "quiet deskname" : "deskname"} data-testid="desk" title={t("workplaces")} onClick={() => (deskSheetOpen.value = true)}>
          <span class="cut">{mine.length > 0 ? mine.map(deskName).join(" · ") : t("noPlace")}</span> <Key>W</Key>
        </button>
        <span class="grow" />
        <span class="row tight">
          <Key>←</Key>
          <Key>→</Key>
        </span>
      </div>
      <div class="views" role="group" aria-label={t("queue")}>
        {deskViews.value.map((view) => (
          <button key={view} type="button" class="quiet" data-testid={`view-${view}`} aria-pressed={queueView.value === view} onClick={() => lookAt(view)}>
            <span class="cut">{viewName(view)}</span> <span class="num">{count(view)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** How many calls the queue that is looked at leaves out: nothing is hidden without a word. */
export function HiddenCalls(): JSX.Element | null {
  const hidden = queue.value.length - shownQueue.value.length;
  if (hidden <= 0) return null;
  return (
    <p class="hiddencalls dim" data-testid="hidden-calls">
      {t("viewHidden", { n: hidden })}{" "}
      <button type="button" class="quiet" onClick={() => lookAt("all")}>
        {t("viewAll")}
      </button>
    </p>
  );
}
