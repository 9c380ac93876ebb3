// Every unit in one draw call: course, state by colour and shape, stale ones hollow. 20,000 cost a millisecond a tick.
import type { CustomLayerInterface, Map as MapLibreMap } from "maplibre-gl";
import { FLAG_PARKED, FLAG_SELDOM, FLAG_STALE, FLAG_SUSPECT, UNKNOWN, type Positions } from "../frames";
import { GROUPS, type StateGroup } from "../unitstyle";

const FLOATS = 4;
const UNIFORMS = ["scale", "shift", "size", "colours", "edge", "accent"] as const;
/** A unit that drives no faster than this (steps of 0.5 m/s) shows no course. */
const STANDING = 2;

const VERTEX = `#version 300 es
#define CHOSEN 1.6
in vec2 place;   // from the origin, in Mercator units
in vec2 look;    // x: group + 16 × marks, y: course in turns, negative when unknown
uniform vec2 scale;
uniform vec2 shift;
uniform float size;
flat out int group;
flat out int marks;
out float course;
void main() {
  int packed = int(look.x + 0.5);
  group = packed & 15;
  marks = packed >> 4;
  course = look.y;
  gl_Position = vec4(place * scale + shift, 0.0, 1.0);
  gl_PointSize = ((marks & 2) != 0 ? CHOSEN : 1.0) * ((group == 6) ? 0.72 : 1.0) * size;
}`;

// Distances to the outlines that unitstyle.ts draws in the lists; the box is -1 … 1, the nose lies outside the shape.
const FRAGMENT = `#version 300 es
#define CHOSEN 1.6
precision highp float;
flat in int group;
flat in int marks;
in float course;
uniform vec3 colours[7];
uniform vec3 edge;
uniform vec3 accent;
uniform float size;
out vec4 colour;
float box(vec2 p, vec2 b) { vec2 d = abs(p) - b; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0); }
float triangle(vec2 p) {
  const float k = 1.7320508;
  float r = 0.62;
  p.x = abs(p.x) - r;
  p.y = p.y + r / k;
  if (p.x + k * p.y > 0.0) p = vec2(p.x - k * p.y, -k * p.x - p.y) / 2.0;
  p.x -= clamp(p.x, -2.0 * r, 0.0);
  return -length(p) * sign(p.y);
}
float shape(vec2 p) {
  if (group == 0) return length(p) - 0.52;
  if (group == 1) return (abs(p.x) + abs(p.y) - 0.68) * 0.7071;
  if (group == 2) return triangle(p + vec2(0.0, 0.08));
  if (group == 3) return box(p, vec2(0.46));
  if (group == 4) return triangle(vec2(p.x, -p.y) + vec2(0.0, 0.08));
  if (group == 5) return min(box(p, vec2(0.58, 0.2)), box(p, vec2(0.2, 0.58)));
  vec2 q = vec2(p.x + p.y, p.x - p.y) * 0.7071;
  return min(box(q, vec2(0.6, 0.16)), box(q, vec2(0.16, 0.6)));
}
void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0);
  // A chosen one has a larger box for its ring; the shape keeps its size.
  float zoom = (marks & 2) != 0 ? CHOSEN : 1.0;
  float radius = length(p);
  p *= zoom;
  float pixel = 2.4 / size;
  float d = shape(p);
  vec3 fill = colours[group];
  float inside = 1.0 - smoothstep(-pixel * 0.5, pixel * 0.5, d);
  if ((marks & 1) != 0) inside *= smoothstep(-0.22, -0.22 + pixel, d);       // stale: hollow
  float rim = 1.0 - smoothstep(0.10, 0.10 + pixel, d);
  float nose = 0.0;
  if (course >= 0.0) {
    float a = course * 6.2831853;
    vec2 q = vec2(p.x * cos(a) - p.y * sin(a), p.x * sin(a) + p.y * cos(a)); // the course points up
    float tip = max(abs(q.x) - (0.98 - q.y) * 0.8, 0.4 - q.y);
    nose = 1.0 - smoothstep(-pixel * 0.5, pixel * 0.5, tip);
  }
  float ring = (marks & 2) != 0 ? 1.0 - smoothstep(0.035 * zoom, 0.035 * zoom + pixel, abs(radius - 0.86) * zoom) : 0.0;
  float doubt = (marks & 4) != 0 ? 1.0 - smoothstep(0.02, 0.02 + pixel, abs(length(p) - 0.88)) : 0.0;
  float solid = max(inside, nose);
  float alpha = max(max(solid, rim * 0.85), max(ring, doubt * 0.7));
  vec3 tone = mix(edge, fill, solid);
  tone = mix(tone, accent, max(ring, 0.0) * (1.0 - solid));
  if (alpha < 0.02) discard;
  colour = vec4(tone * alpha, alpha);
}`;

export interface UnitColours {
  groups: Record<StateGroup, [number, number, number]>;
  edge: [number, number, number];
  accent: [number, number, number];
}

function compile(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      console.error("unit layer:", gl.getShaderInfoLog(shader));
      return null;
    }
    gl.attachShader(program, shader);
    gl.deleteShader(shader); // it lives as long as the program
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

const mercatorX = (lon_deg: number): number => (lon_deg + 180) / 360;
const mercatorY = (lat_deg: number): number =>
  (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat_deg * Math.PI) / 360))) / 360;

export class UnitLayer implements CustomLayerInterface {
  readonly id = "units";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  /** How many units the last tick drew. */
  drawn = 0;
  private map: MapLibreMap | null = null;
  private program: WebGLProgram | null = null;
  private buffer: WebGLBuffer | null = null;
  private vertices: WebGLVertexArrayObject | null = null;
  private data = new Float32Array(0);
  private dirty = true;
  /** Where the uniforms are, asked once: asking the driver each frame waits for it. */
  private uniforms = new Map<string, WebGLUniformLocation | null>();
  // Places are kept relative to here: a float would shake by metres at street level.
  private originX = 0;
  private originY = 0;

  constructor(
    private readonly positions: Positions,
    private colours: UnitColours,
  ) {}

  onAdd(map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.program = compile(gl);
    this.buffer = gl.createBuffer();
    this.vertices = gl.createVertexArray();
    if (!this.program) return;
    for (const name of UNIFORMS) this.uniforms.set(name, gl.getUniformLocation(this.program, name));
    gl.bindVertexArray(this.vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [name, offset] of [
      ["place", 0],
      ["look", 8],
    ] as const) {
      const at = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 2, gl.FLOAT, false, FLOATS * 4, offset);
    }
    gl.bindVertexArray(null);
    this.dirty = true;
  }

  onRemove(_map: MapLibreMap, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.program);
    gl.deleteBuffer(this.buffer);
    gl.deleteVertexArray(this.vertices);
    this.program = null;
  }

  recolour(colours: UnitColours): void {
    this.colours = colours;
  }

  /** Take the positions of now: `groupOf` by unit's index (255: no such unit), `oldBefore_ms` makes a fix stale. */
  update(groupOf: Uint8Array, chosen: ReadonlySet<number>, oldBefore_ms: number): void {
    const { count, lat_deg, lon_deg, taken_ms, course, speed, flags } = this.positions;
    if (this.data.length < count * FLOATS) this.data = new Float32Array(Math.max(256, count * 2) * FLOATS);
    const data = this.data;
    let n = 0;
    for (let i = 0; i < count; i += 1) {
      const group = groupOf[i] ?? 255;
      const taken = taken_ms[i] ?? 0;
      if (taken <= 0 || group === 255) continue;
      const x = mercatorX(lon_deg[i] ?? 0);
      const y = mercatorY(lat_deg[i] ?? 0);
      if (this.originX === 0) {
        this.originX = x;
        this.originY = y;
      }
      const flag = flags[i] ?? 0;
      const stale = (taken < oldBefore_ms && (flag & (FLAG_PARKED | FLAG_SELDOM)) === 0) || (flag & FLAG_STALE) !== 0;
      const marks = (stale ? 1 : 0) | (chosen.has(i) ? 2 : 0) | ((flag & FLAG_SUSPECT) !== 0 ? 4 : 0);
      const heading = course[i] ?? UNKNOWN;
      const pace = speed[i] ?? UNKNOWN;
      const at = n * FLOATS;
      data[at] = x - this.originX;
      data[at + 1] = y - this.originY;
      data[at + 2] = group + 16 * marks;
      data[at + 3] = heading === UNKNOWN || (pace !== UNKNOWN && pace <= STANDING) ? -1 : heading / 240;
      n += 1;
    }
    this.drawn = n;
    this.dirty = true;
    this.map?.triggerRepaint();
  }

  render(gl: WebGL2RenderingContext): void {
    const map = this.map;
    if (!map || !this.program || this.drawn === 0) return;
    const canvas = map.getCanvas();
    const centre = map.getCenter();
    const zoom = map.getZoom();
    const world = 512 * 2 ** zoom;
    const ratio = canvas.width / Math.max(1, canvas.clientWidth);
    const scaleX = (2 * world) / Math.max(1, canvas.clientWidth);
    const scaleY = (-2 * world) / Math.max(1, canvas.clientHeight);
    const size = Math.min(34, Math.max(13, 10 + (zoom - 9) * 2.6)) * ratio;
    gl.useProgram(this.program);
    gl.bindVertexArray(this.vertices);
    if (this.dirty) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.data.subarray(0, this.drawn * FLOATS), gl.DYNAMIC_DRAW);
      this.dirty = false;
    }
    const uniform = (name: (typeof UNIFORMS)[number]): WebGLUniformLocation | null => this.uniforms.get(name) ?? null;
    gl.uniform2f(uniform("scale"), scaleX, scaleY);
    gl.uniform2f(
      uniform("shift"),
      (this.originX - mercatorX(centre.lng)) * scaleX,
      (this.originY - mercatorY(centre.lat)) * scaleY,
    );
    gl.uniform1f(uniform("size"), size);
    gl.uniform3fv(uniform("colours"), GROUPS.flatMap((group) => this.colours.groups[group]));
    gl.uniform3fv(uniform("edge"), this.colours.edge);
    gl.uniform3fv(uniform("accent"), this.colours.accent);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.drawArrays(gl.POINTS, 0, this.drawn);
    gl.bindVertexArray(null);
  }

  /** The unit nearest to a point on the screen, by a plain scan; null when none is within `reach_px`. */
  nearest(x_px: number, y_px: number, reach_px: number, groupOf: Uint8Array): number | null {
    const map = this.map;
    if (!map) return null;
    const { count, lat_deg, lon_deg, taken_ms } = this.positions;
    const world = 512 * 2 ** map.getZoom();
    const here = map.unproject([x_px, y_px]);
    const hereX = mercatorX(here.lng);
    const hereY = mercatorY(here.lat);
    const reach = (reach_px / world) ** 2;
    let best = reach;
    let found: number | null = null;
    for (let i = 0; i < count; i += 1) {
      if ((taken_ms[i] ?? 0) <= 0 || (groupOf[i] ?? 255) === 255) continue;
      const dx = mercatorX(lon_deg[i] ?? 0) - hereX;
      if (dx * dx > best) continue;
      const dy = mercatorY(lat_deg[i] ?? 0) - hereY;
      const d = dx * dx + dy * dy;
      if (d < best) {
        best = d;
        found = i;
      }
    }
    return found;
  }
}
