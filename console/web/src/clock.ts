// The service's clock as seen from here: it may run faster than ours (the demo's --speed), and frames arrive late.

/** Pure estimate of the service's clock from (its now, our now) pairs. */
export interface ClockEstimate {
  speed: number;
  /** The largest `service - speed × local` of the window: the frame that was delayed least. */
  offset_ms: number;
  window: readonly number[];
}

const WINDOW = 10;

/** Begin anew, as at a snapshot. */
export function startClock(now_ms: number, speed: number, local_ms: number): ClockEstimate {
  const offset_ms = now_ms - speed * local_ms;
  return { speed, offset_ms, window: [offset_ms] };
}

/** Take in one more observation. */
export function observeClock(clock: ClockEstimate, now_ms: number, local_ms: number): ClockEstimate {
  const window = [...clock.window.slice(1 - WINDOW), now_ms - clock.speed * local_ms];
  return { speed: clock.speed, window, offset_ms: Math.max(...window) };
}

/** The service's time for a local one. */
export function serviceTime(clock: ClockEstimate, local_ms: number): number {
  return clock.offset_ms + clock.speed * local_ms;
}
