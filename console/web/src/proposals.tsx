// A swap that the service proposes and a person takes: "Crew 7 is now 3 min closer than crew 4. Swap?"
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { api } from "./api";
import { minutes } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { words } from "./refusals";
import { incidents, picture, signOf } from "./store";
import { t } from "./texts";
import { notice } from "./ui";
import type { Proposal } from "./views";

/** Proposals that were put off here: each comes back with a new id when it changes. */
const putOff = signal<ReadonlySet<string>>(new Set());
const busy = signal(false);

const best = computed<Proposal | null>(() => picture.value.proposals.find((each) => !putOff.value.has(each.id)) ?? null);

function sentence(proposal: Proposal): string {
  const gain = (move: Proposal["moves"][number]): number => (move.before_s ?? 0) - (move.after_s ?? 0);
  const move = [...proposal.moves].filter((each) => each.sent !== null).sort((a, b) => gain(b) - gain(a))[0];
  if (!move || move.sent === null) return t("proposals");
  const n = incidents.value.get(move.incident)?.number ?? move.incident;
  const values = { sent: signOf(move.sent), n, time: minutes(Math.max(0, gain(move))) };
  return move.taken === null ? t("proposalSend", values) : t("proposalSwap", { ...values, taken: signOf(move.taken) });
}

async function take(proposal: Proposal): Promise<void> {
  if (busy.peek()) return;
  busy.value = true;
  try {
    await api.take(proposal.id);
  } catch (error) {
    notice.value = words(error);
  } finally {
    busy.value = false;
  }
}

function later(proposal: Proposal): void {
  putOff.value = new Set([...putOff.peek(), proposal.id]);
}

export function ProposalBar(): JSX.Element | null {
  useKeys({
    "⇧y": () => {
      const now = best.peek();
      if (!now) return false;
      later(now);
      return true;
    },
    y: () => {
      const now = best.peek();
      if (!now) return false;
      void take(now);
      return true;
    },
  });
  const now = best.value;
  if (!now) return null;
  return (
    <section class="proposal" role="status" aria-label={t("proposals")} data-testid="proposal" data-proposal={now.id}>
      <span class="grow">{sentence(now)}</span>
      <button type="button" class="primary" data-testid="proposal-take" disabled={busy.value} onClick={() => void take(now)}>
        {t("proposalTake")} <Key>Y</Key>
      </button>
      <button type="button" class="quiet" data-testid="proposal-later" onClick={() => later(now)}>
        {t("proposalLater")} <Key>⇧Y</Key>
      </button>
    </section>
  );
}
