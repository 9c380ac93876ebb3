// How a unit looks: a group of states has one colour and one shape, the same on the map and in every list.
import type { UnitState } from "./views";

export type StateGroup = "free" | "called" | "driving" | "scene" | "transport" | "hospital" | "idle";

export const GROUPS: readonly StateGroup[] = ["free", "called", "driving", "scene", "transport", "hospital", "idle"];

export const GROUP_OF: Record<UnitState, StateGroup> = {
  free: "free",
  notified: "called",
  acknowledged: "called",
  en_route: "driving",
  on_scene: "scene",
  at_patient: "scene",
  left_scene: "transport",
  at_hospital: "hospital",
  handed_over: "hospital",
  break: "idle",
  refuelling: "idle",
  out_of_order: "idle",
  off: "idle",
};

/** Outline in a box of 16 × 16; the WebGL layer draws the same shapes by their distance functions. */
export const OUTLINE: Record<StateGroup, string> = {
  free: "M8 2.6a5.4 5.4 0 1 0 0 10.8a5.4 5.4 0 1 0 0-10.8z",
  called: "M8 1.6L14.4 8L8 14.4L1.6 8z",
  driving: "M8 1.8L14.4 13H1.6z",
  scene: "M3 3h10v10H3z",
  transport: "M8 14.2L1.6 3h12.8z",
  hospital: "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
  idle: "M4 2.6L8 6.6l4-4L13.4 4l-4 4l4 4L12 13.4l-4-4l-4 4L2.6 12l4-4l-4-4z",
};
