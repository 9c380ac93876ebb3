// On a row of the queue: what takes too long, whose the call is when it is not one's own, and a major incident.
import type { JSX } from "preact";
import { deskName, desks, marksByCall, myDesks, postOf } from "./desks";
import { isManned } from "./deskqueue";
import { countdown } from "./format";
import { signOf } from "./store";
import { t, tCode } from "./texts";
import type { IncidentView } from "./views";

/** More marks than this on one row say no more than these. */
const MOST = 3;

export function RowMarks({ incident }: { incident: IncidentView }): JSX.Element | null {
  // What the row's countdown and its crew say already is not said twice.
  const marks = (marksByCall.value.get(incident.id) ?? []).filter((mark) => mark.name !== "late" && mark.name !== "unassigned");
  const major = incident.major?.stood_down_ms === null;
  if (marks.length === 0 && !major) return null;
  return (
    <span class="rowmarks" data-testid={`marks-${incident.number}`}>
      {major && <b class="majormark">{t("major")}</b>}
      {marks.slice(0, MOST).map((mark) => (
        <span key={`${mark.name} ${mark.assignment}`} class={mark.loud ? "rowmark loud" : "rowmark"}>
          {mark.unit !== null && <b class="num">{signOf(mark.unit)} </b>}
          {tCode(`mark_${mark.name}`)} <span class="num">{countdown(mark.over_s)}</span>
        </span>
      ))}
      {marks.length > MOST && <span class="rowmark num">+{marks.length - MOST}</span>}
    </span>
  );
}

/** Whose the call is: said where it is another desk's, or where nobody is there. */
export function RowOwner({ incident }: { incident: IncidentView }): JSX.Element | null {
  const owner = incident.owner;
  if (owner === undefined || desks.value.workplaces.length === 0 || myDesks.value.includes(owner)) return null;
  const manned = isManned(desks.value, owner);
  // Where nobody is on duty at all there is nobody to tell apart.
  if (!manned && [...desks.value.posts.values()].every((post) => post.user === null)) return null;
  return (
    <span class={manned ? "rowowner" : "rowowner unmanned"} data-testid={`owner-${incident.number}`} title={postOf(owner)?.name ?? t("ownerNobody")}>
      {deskName(owner)}
    </span>
  );
}
