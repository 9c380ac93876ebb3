import { describe, expect, it } from "vitest";
import { shortcutOf } from "../src/keycap";

describe("what a key cap is to a screen reader", () => {
  it("names keys as aria-keyshortcuts does", () => {
    expect(["N", "⇧Y", "⇧6", "Ctrl ⏎", "⏎", "Esc", "←", "=", "."].map(shortcutOf)).toEqual(["N", "Shift+Y", "Shift+6", "Control+Enter", "Enter", "Escape", "ArrowLeft", "=", "."]);
  });

  it("has no name for keys that are pressed one after the other", () => {
    expect(shortcutOf("F 2")).toBeNull();
  });
});
