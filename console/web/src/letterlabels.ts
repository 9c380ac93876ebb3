// The letters for as many things as can be pressed: one key where they last, two beyond that, none the beginning of another.

/** By their place on the keyboard, the fingers' own row first. */
export const LETTERS = "FJDKSLAGHRUEIWOTYQPVMCNBXZ";

/** Labels for `count` things, the shortest first. More than the pairs can name stay without one. */
export function labelsFor(count: number): string[] {
  const most = LETTERS.length;
  // Each letter that begins pairs gives up its own label for as many pairs as there are letters.
  const openers = count <= most ? 0 : Math.min(most, Math.ceil((count - most) / (most - 1)));
  const singles = [...LETTERS].slice(0, most - openers);
  const pairs = [...LETTERS].slice(most - openers).flatMap((first) => [...LETTERS].map((second) => first + second));
  return [...singles, ...pairs].slice(0, count);
}
