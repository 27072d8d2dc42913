import { defineConfig } from "vitest/config";

/** A second, the default, is little on a machine that does many other things; a test is no faster for waiting less. */
const patient = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{unit,contract,faults}/**/*.test.ts"],
          exclude: ["**/*.soak.test.ts"],
          setupFiles: ["test/kit/seed.ts"],
          expect: patient,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/**/*.soak.test.ts"],
          fileParallelism: false,
          expect: patient,
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
