import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { pngIcon } from "./icons";

const here = dirname(fileURLToPath(import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Names this build by its sources: what has a fixed file name is asked for with it. */
const build = createHash("sha256");
for (const file of [...files(join(here, "src")), join(here, "package-lock.json")]) build.update(readFileSync(file));
const BUILD = build.digest("hex").slice(0, 12);

/** A compressed copy beside each text: a tablet on a mobile network loads a third. */
const compressed: Plugin = {
  name: "compressed",
  writeBundle({ dir }) {
    if (!dir) return;
    for (const file of files(dir)) if (/\.(js|css|html|svg|webmanifest)$/.test(file)) writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  },
};

/** What phones put on their home screens: a round-cornered one, one to be cut to any shape, one for iOS. */
const icons: Plugin = {
  name: "icons",
  generateBundle() {
    for (const size of [192, 512]) this.emitFile({ type: "asset", fileName: `icon-${size}.png`, source: pngIcon(size, 7, 1) });
    this.emitFile({ type: "asset", fileName: "icon-maskable.png", source: pngIcon(512, 0, 0.8) });
    this.emitFile({ type: "asset", fileName: "apple-touch-icon.png", source: pngIcon(180, 0, 1) });
  },
};

// The build lands in console/static, from where the service sends it; nothing in it names an outside host.
export default defineConfig({
  base: "/",
  define: { __BUILD__: JSON.stringify(BUILD) },
  // MapLibre from its sources: page and worker then share a chunk, which its two ready-made bundles do not (-120 kB gz).
  resolve: { alias: [{ find: /^maplibre-gl$/, replacement: join(here, "node_modules/maplibre-gl/src/index.ts") }] },
  // As MapLibre compiles itself: a field that is only declared must not wipe out what the parent's constructor set.
  oxc: { typescript: { removeClassFieldsWithoutInitializer: true }, assumptions: { setPublicClassFields: true } },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: join(here, "index.html"), mapworker: join(here, "node_modules/maplibre-gl/src/source/worker.ts") },
      output: { entryFileNames: (chunk) => (chunk.name === "mapworker" ? "assets/mapworker.js" : "assets/[name]-[hash].js") },
    },
  },
  plugins: [icons, compressed],
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/map": "http://127.0.0.1:8000", "/feed": { target: "ws://127.0.0.1:8000", ws: true } } },
});
