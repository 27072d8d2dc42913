import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function suitesRoutes({ suites }: Services) {
  return {
    list: base.suites.list.handler(() => suites.list()),
    create: base.suites.create.handler(({ input }) => suites.create(input)),
    rename: base.suites.rename.handler(({ input }) => suites.rename(input)),
    remove: base.suites.remove.handler(({ input }) => suites.remove(input)),
    cases: base.suites.cases.handler(({ input }) => suites.cases(input)),
    addCase: base.suites.addCase.handler(({ input }) => suites.addCase(input)),
    saveCase: base.suites.saveCase.handler(({ input }) => suites.saveCase(input)),
    removeCase: base.suites.removeCase.handler(({ input }) => suites.removeCase(input)),
    run: base.suites.run.handler(({ input, signal }) => suites.run(input, signal)),
    runs: base.suites.runs.handler(({ input }) => suites.runs(input)),
    testRun: base.suites.testRun.handler(({ input }) => suites.testRun(input)),
  };
}
