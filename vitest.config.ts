import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{unit,contract,faults}/**/*.test.ts"],
          exclude: ["**/*.soak.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 30_000,
          // On a busy machine what a test waits for may take seconds.
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/**/*.soak.test.ts"],
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
