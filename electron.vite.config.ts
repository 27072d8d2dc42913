import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

/** Native packages, and those that start files of their own by path, stay outside; the rest is bundled for a quick start. */
const external = ["electron", "better-sqlite3", "node-llama-cpp", "piscina"];

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      sourcemap: true,
      rollupOptions: {
        external,
        // Every process and thread has its own entry; an entry names the others relative to itself.
        input: {
          index: resolve("src/main/index.ts"),
          headless: resolve("src/main/headless.ts"),
          cli: resolve("src/main/cli.ts"),
          "db/worker": resolve("src/main/db/worker.ts"),
          "inference/schemas/schema-worker": resolve("src/main/inference/schemas/schema-worker.ts"),
          "rollouts/simulator/simulation-worker": resolve("src/main/rollouts/simulator/simulation-worker.ts"),
          engine: resolve("src/main/engine.ts"),
        },
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: { index: resolve("src/preload/index.ts") },
        // A sandboxed window cannot load an ESM preload.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "src/renderer",
    plugins: [react()],
    build: {
      minify: true,
      cssMinify: "lightningcss",
      rollupOptions: {
        input: { index: resolve("src/renderer/index.html"), failure: resolve("src/renderer/failure.html") },
      },
    },
  },
});
