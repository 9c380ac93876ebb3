import { defineConfig } from "vite";

// The build lands in console/static, from where the service sends it; nothing in it names an outside host.
export default defineConfig({
  base: "/",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/map": "http://127.0.0.1:8000", "/feed": { target: "ws://127.0.0.1:8000", ws: true } } },
});
