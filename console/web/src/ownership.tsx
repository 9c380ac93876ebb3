// Whose the chosen call is, and handing it over: to oneself or to a desk where somebody is.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { deskApi } from "./deskapi";
import { deskName, desks, handingOver, myDesks, postOf } from "./desks";
import { isManned } from "./deskqueue";
import { Key } from "./keycap";
import { digits, useKeys } from "./keys";
import { words } from "./refusals";
import { lang } from "./settings";
import { t } from "./texts";
import { notice } from "./ui";
import type { IncidentView } from "./views";

const KEYED = 9;

function HandOver({ incident }: { incident: IncidentView }): JSX.Element {
  const box = useRef<HTMLFieldSetElement>(null);
  const close = (): void => {
    handingOver.value = null;
  };
  const own = myDesks.value.filter((id) => id !== incident.owner);
  const others = desks.value.workplaces.filter(
    (desk) => desk.id !== incident.owner && !own.includes(desk.id) && (desk.kind === "senior" || isManned(desks.value, desk.id)),
  );
  const targets = [...own, ...others.map((desk) => desk.id)].slice(0, KEYED);
  const give = (desk: string): void => {
    // At once: the page may show the new owner before the answer comes, and the next E must not give the call on.
    close();
    deskApi.give(incident.id, desk).catch((error: unknown) => (notice.value = words(error)));
  };
  useKeys({ ...digits((i) => (targets[i] === undefined ? undefined : give(targets[i]))), e: () => (targets[0] === undefined ? undefined : give(targets[0])), Escape: close });
  useLayoutEffect(() => box.current?.querySelector("button")?.focus(), []);
  return (
    <fieldset class="override handover" ref={box} data-testid="hand-over">
      <legend>
        {t("handTo")} <Key>Esc</Key>
      </legend>
      {targets.map((id, i) => (
        <button key={id} type="button" data-testid={`hand-to-${id}`} onClick={() => give(id)}>
          <Key>{i + 1}</Key> {own.includes(id) ? <b>{t("takeIt")}</b> : null} {deskName(id)} <span class="dim">{postOf(id)?.name ?? t("ownerNobody")}</span>
        </button>
      ))}
    </fieldset>
  );
}

export function Ownership({ incident }: { incident: IncidentView }): JSX.Element | null {
  const known = desks.value.workplaces.length > 0 && incident.owner !== undefined;
  const open = known && incident.ended_at_ms === null;
  useKeys({
    e: () => {
      if (!open) return false;
      handingOver.value = incident.id;
      return true;
    },
  });
  useLayoutEffect(
    () => () => {
      handingOver.value = null;
    },
    [incident.id],
  );
  if (!known) return null;
  const post = postOf(incident.owner);
  return (
    <>
      <p class="ownerline" data-testid="owner" data-owner={incident.owner}>
        <span class="dim">{t("owner")}:</span> <b>{deskName(incident.owner)}</b>
        <span class={post === null ? "caution" : "dim"}> {post?.name ?? t("ownerNobody")}</span>
        <span class="grow" />
        {open && (
          <button type="button" class="quiet" data-testid="hand-over-open" onClick={() => (handingOver.value = handingOver.peek() === null ? incident.id : null)}>
            {t("handOver")} <Key>E</Key>
          </button>
        )}
      </p>
      {open && handingOver.value === incident.id && <HandOver key={lang.value} incident={incident} />}
    </>
  );
}
