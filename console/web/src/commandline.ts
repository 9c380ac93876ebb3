// The command line: what a dispatcher types after `/`, read as an act. No I/O.
//   n                      a new call                n ленина 5     … at that address
//   s 12 7                 send crew 7 to call 12    f 7            follow crew 7 on the map
//   ? ленина 5             show an address           anything else  search calls and crews
// The letters work in the Russian layout, too: т, ы, а stand on the keys of n, s, f.

export type CommandLetter = "n" | "s" | "f" | "?";

export type Command =
  | { act: "new"; address: string }
  | { act: "send"; call: string; crew: string }
  | { act: "follow"; crew: string }
  | { act: "address"; text: string }
  | { act: "search"; text: string };

const LETTERS: Record<string, CommandLetter> = {
  n: "n", т: "n", н: "n",
  s: "s", ы: "s", о: "s",
  f: "f", а: "f", с: "f",
  "?": "?", ",": "?", ".": "?",
};

/** Read a line. A letter is a command only with a space behind it or alone, so that words can be searched. */
export function readCommand(line: string): Command {
  const text = line.trimStart();
  const found = /^(\S)(?:\s+(.*))?$/u.exec(text.trimEnd());
  const letter = text.startsWith("?") ? "?" : found ? LETTERS[(found[1] ?? "").toLowerCase()] : undefined;
  const rest = (text.startsWith("?") ? text.slice(1) : (found?.[2] ?? "")).trim();
  switch (letter) {
    case "n":
      return { act: "new", address: rest };
    case "s": {
      const [call = "", crew = ""] = rest.replace(/^№\s*/u, "").split(/\s+/u);
      return { act: "send", call, crew };
    }
    case "f":
      return { act: "follow", crew: rest };
    case "?":
      return { act: "address", text: rest };
    default:
      return { act: "search", text: line.trim() };
  }
}
