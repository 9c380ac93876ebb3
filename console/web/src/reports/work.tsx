// The service's work: queues, how calls ended, crews' hours, hospitals, disputed buttons, overridden advice.
import type { JSX } from "preact";
import { DisputedButtons } from "./work/disputes";
import { Endings } from "./work/endings";
import { Hospitals } from "./work/hospitals";
import { OverriddenAdvice } from "./work/overrides";
import { Queue } from "./work/queue";
import { Utilisation } from "./work/utilisation";

export function Work(): JSX.Element {
  return (
    <div class="panels" data-testid="report-work">
      <Queue />
      <Endings />
      <Utilisation />
      <Hospitals />
      <DisputedButtons />
      <OverriddenAdvice />
    </div>
  );
}

