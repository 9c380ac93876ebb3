// The shift: sound needs a gesture first, so a shift is begun by a button; a page that is silent says so.
import { signal } from "@preact/signals";

/** Whether the alarms of this page can be heard. */
export const sound = signal<"not-started" | "on" | "muted">("not-started");

let context: AudioContext | null = null;
let repeating: number | undefined;

const REPEAT_MS = 5000;

/** Two rising tones for danger to life, one for the rest: told apart without looking. */
const TONES = { danger: [880, 1175, 880, 1175], call: [660] } as const;
export type Tone = keyof typeof TONES;

export async function startShift(): Promise<void> {
  try {
    context ??= new AudioContext();
    await context.resume();
    sound.value = context.state === "running" ? "on" : "not-started";
    if (sound.value === "on") play("call");
  } catch {
    sound.value = "not-started"; // no sound device: the sign stays
  }
}

export function switchSound(): void {
  if (sound.peek() === "on") {
    sound.value = "muted";
    stopRinging();
  } else void startShift();
}

export function play(tone: Tone): void {
  if (sound.peek() !== "on" || !context) return;
  TONES[tone].forEach((pitch, i) => {
    if (!context) return;
    const at = context.currentTime + i * 0.16;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.35, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.15);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.16);
  });
}

/** Ring on until it is stopped. */
export function ring(): void {
  if (repeating !== undefined) return;
  play("danger");
  repeating = window.setInterval(() => play("danger"), REPEAT_MS);
}

export function stopRinging(): void {
  window.clearInterval(repeating);
  repeating = undefined;
}
