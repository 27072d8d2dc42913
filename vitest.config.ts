import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { stageFiles } from "./test/stages.ts";

/** A second, the default, is little on a machine that does many other things; a test is no faster for waiting less. */
const patient = { poll: { timeout: 15_000 } };

const unit = {
  setupFiles: ["test/kit/seed.ts", "test/kit/leave-as-found.ts"],
  // Each file would load the backend anew otherwise, which takes longer than most of the tests in it.
  isolate: false,
  expect: patient,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // Most tests wait for a thread, a process or a socket, so two files at once are no strain, even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { test: { name: "unit", ...stageFiles.unit, ...unit } },
      { test: { name: "unit-long", ...stageFiles["unit-long"], ...unit } },
      {
        test: {
          name: "soak",
          ...stageFiles.soak,
          fileParallelism: false,
          expect: patient,
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
