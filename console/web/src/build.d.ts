// What the build defines (vite.config.ts).
/** The name of this build, from its sources. */
declare const __BUILD__: string;
