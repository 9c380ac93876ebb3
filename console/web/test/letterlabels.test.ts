import { describe, expect, it } from "vitest";
import { LETTERS, labelsFor } from "../src/letterlabels";

describe("letters on what can be pressed", () => {
  it("gives each thing a label of its own, and none is the beginning of another", () => {
    for (const count of [0, 1, 25, 26, 27, 51, 52, 200, 676]) {
      const labels = labelsFor(count);
      expect(labels).toHaveLength(count);
      expect(new Set(labels).size).toBe(count);
      for (const label of labels) expect(labels.filter((other) => other.startsWith(label))).toEqual([label]);
    }
  });

  it("spends one key on each while the letters last, and on as many as it can beyond", () => {
    expect(labelsFor(26).every((label) => label.length === 1)).toBe(true);
    expect(labelsFor(27).filter((label) => label.length === 1)).toHaveLength(25);
  });

  it("leaves the rest without a label when there are more than pairs can name", () => {
    expect(labelsFor(1000)).toHaveLength(LETTERS.length ** 2);
  });
});
