// Where a call is, on one line of a list.
import type { JSX } from "preact";

/** An address on one line. What is too long loses the end of its street and never the house, which follows the last comma. */
export function Address({ label }: { label: string }): JSX.Element {
  const comma = label.lastIndexOf(",");
  if (comma <= 0) return <span class="address cut">{label}</span>;
  return (
    <span class="address" title={label}>
      <span class="cut">{label.slice(0, comma + 1)}</span>
      <span class="house">{label.slice(comma + 1)}</span>
    </span>
  );
}
