// How far a unit may be from its last fix by now: the rule of docs/positions.md, so that circle and ranking agree. No I/O.
import { FLAG_PARKED, FLAG_PHONE, FLAG_ESTIMATED } from "../frames";

/** As the crow flies, siren on. */
const TOP_MPS = 40;
/** A vehicle that stood and drives off speaks within this. */
const UNNOTICED_S = 60;
const FRESH_S = 30;
/** What a receiver errs by when it does not say. */
const ERROR_M = 15;
const MOST_M = 50_000;

/** Metres within which a unit is, by the age of its last trusted fix and its flags in the feed. */
export function reach_m(age_s: number, flags: number): number {
  const marked = (flags & ~(FLAG_ESTIMATED | FLAG_PHONE)) !== 0;
  const short = (flags & FLAG_PARKED) !== 0 || (!marked && age_s <= FRESH_S);
  return Math.min(MOST_M, ERROR_M + TOP_MPS * (short ? Math.min(age_s, UNNOTICED_S) : age_s));
}
