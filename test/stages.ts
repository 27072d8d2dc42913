/**
 * Which test files belong to which stage: the suffix says it. A plain file is in `npm test`, a `.long` one only in
 * `npm run test:all`, a `.soak` one in neither, but on request. In an Electron window `npm test` tries what is Electron's own
 * and the main job; `npm run test:all` every journey that does not say, by its tag `@browser`, that it needs a browser.
 */
export const stageFiles = {
  unit: { include: ["test/{unit,contract,faults}/**/*.test.ts"], exclude: ["**/*.{long,soak}.test.ts"] },
  "unit-long": { include: ["test/{unit,contract,faults}/**/*.long.test.ts"], exclude: [] },
  chromium: { include: ["test/e2e/**/*.spec.ts"], exclude: ["**/*.long.spec.ts"] },
  "chromium-long": { include: ["test/e2e/**/*.long.spec.ts"], exclude: [] },
  electron: { include: ["test/electron/**/*.spec.ts", "test/e2e/main-job.spec.ts"], exclude: [] },
  "electron-long": { include: ["test/e2e/**/*.spec.ts"], exclude: ["test/e2e/main-job.spec.ts"] },
  soak: { include: ["test/**/*.soak.test.ts"], exclude: [] },
};
