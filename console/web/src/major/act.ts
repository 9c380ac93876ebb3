/** Do one thing of a major incident: whether it was done. What was refused stands at the head of the panel. */
export type Act = (work: () => Promise<unknown>) => Promise<boolean>;
