// Signs for calls, hospitals and bases, drawn on a canvas: no sprite has to be fetched.
import type { Map as MapLibreMap } from "maplibre-gl";

const RATIO = 2;

function draw(width: number, height: number, paint: (c: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const c = canvas.getContext("2d");
  if (!c) return new ImageData(canvas.width, canvas.height);
  c.scale(RATIO, RATIO);
  paint(c);
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

/** A drop that points at the door, with the call's priority in it. */
function pin(text: string, fill: string, edge: string, ink: string): ImageData {
  return draw(28, 36, (c) => {
    c.beginPath();
    c.arc(14, 13, 10.5, Math.PI * 0.82, Math.PI * 0.18);
    c.lineTo(14, 33.5);
    c.closePath();
    c.fillStyle = fill;
    c.fill();
    c.lineWidth = 2;
    c.strokeStyle = edge;
    c.stroke();
    c.fillStyle = ink;
    c.font = "700 14px system-ui, sans-serif";
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.fillText(text, 14, 13.5);
  });
}

function plate(paint: (c: CanvasRenderingContext2D) => void, fill: string, edge: string): ImageData {
  return draw(20, 20, (c) => {
    c.beginPath();
    c.roundRect(1.5, 1.5, 17, 17, 4);
    c.fillStyle = fill;
    c.fill();
    c.lineWidth = 1.5;
    c.strokeStyle = edge;
    c.stroke();
    paint(c);
  });
}

export interface IconColours {
  panel: string;
  text: string;
  dim: string;
  accent: string;
  accentInk: string;
  hospital: string;
  replay: string;
}

export function addIcons(map: MapLibreMap, colours: IconColours): void {
  const put = (id: string, image: ImageData): void => {
    if (map.hasImage(id)) map.removeImage(id);
    map.addImage(id, image, { pixelRatio: RATIO });
  };
  for (const priority of ["1", "2", "3"]) {
    put(`call-waiting-${priority}`, pin(priority, colours.accent, colours.panel, colours.accentInk));
    put(`call-served-${priority}`, pin(priority, colours.panel, colours.text, colours.text));
  }
  put("call-new", pin("+", colours.text, colours.panel, colours.panel));
  put(
    "hospital",
    plate(
      (c) => {
        c.fillStyle = colours.hospital;
        c.fillRect(6, 5.5, 2.2, 9);
        c.fillRect(11.8, 5.5, 2.2, 9);
        c.fillRect(6, 8.9, 8, 2.2);
      },
      colours.panel,
      colours.hospital,
    ),
  );
  put(
    "substation",
    plate(
      (c) => {
        c.beginPath();
        c.moveTo(4.5, 10.5);
        c.lineTo(10, 5);
        c.lineTo(15.5, 10.5);
        c.moveTo(6.5, 9.5);
        c.lineTo(6.5, 15);
        c.lineTo(13.5, 15);
        c.lineTo(13.5, 9.5);
        c.strokeStyle = colours.dim;
        c.lineWidth = 1.6;
        c.stroke();
      },
      colours.panel,
      colours.dim,
    ),
  );
}
