// Coordinates as people paste them: "55.9, 60.6", "55,9 60,6", "55.9 60.6". No I/O.

/** The pair, latitude first, or null when the text is no coordinates. */
export function parseCoordinates(text: string): { lat_deg: number; lon_deg: number } | null {
  const decimalComma = /^\s*(-?\d{1,2},\d+)[;\s]+(-?\d{1,3},\d+)\s*$/.exec(text);
  const plain = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  const found = decimalComma ?? plain;
  if (!found) return null;
  // A street may be called by a number: at least one decimal point tells coordinates from "8 16".
  if (!/[.,]\d/.test(found[1] ?? "") && !/[.,]\d/.test(found[2] ?? "")) return null;
  const lat_deg = Number((found[1] ?? "").replace(",", "."));
  const lon_deg = Number((found[2] ?? "").replace(",", "."));
  return Math.abs(lat_deg) <= 90 && Math.abs(lon_deg) <= 180 ? { lat_deg, lon_deg } : null;
}

export function coordinatesLabel(lat_deg: number, lon_deg: number): string {
  return `${lat_deg.toFixed(5)}, ${lon_deg.toFixed(5)}`;
}
