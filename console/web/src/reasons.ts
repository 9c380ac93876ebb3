// The catalogue of reasons, searched as people type. No I/O.
import type { CallReason } from "./views";

/** Reasons that match what is typed, in either language, by the beginnings of words; the gravest first. */
export function matchingReasons(reasons: readonly CallReason[], text: string): CallReason[] {
  const needle = text.trim().toLowerCase();
  const starts = (name: string): boolean => ` ${name.toLowerCase()}`.includes(` ${needle}`);
  const hits = needle === "" ? [...reasons] : reasons.filter((each) => starts(each.ru) || starts(each.en));
  const loose = hits.length > 0 ? hits : reasons.filter((each) => `${each.ru} ${each.en}`.toLowerCase().includes(needle));
  return [...loose].sort((a, b) => a.priority - b.priority);
}
