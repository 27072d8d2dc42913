import { z } from "zod";

/** How a test ended. One that was skipped without a reason counts as failed: what it needs had failed before it. */
export interface Outcome {
  /** The group it stands in, and its own name. */
  readonly group: string;
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** What failed, or why it was skipped. */
  readonly why: string;
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      message: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** Of the JSON that Vitest reports. The name of a group that is skipped ends with why. */
export function vitestOutcomes(report: unknown): Outcome[] {
  return vitestReport.parse(report).testResults.flatMap(({ message, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, failureMessages }): Outcome => {
      const [, group = "", reason] = /^(.*?)(?: \(skipped: (.*)\))?$/.exec(ancestorTitles.join(": ")) ?? [];
      const named = { group, name: title };
      if (status === "passed") return { ...named, state: "passed", why: "" };
      if (status !== "failed" && reason !== undefined) return { ...named, state: "skipped", why: reason };
      return { ...named, state: "failed", why: failureMessages?.join("\n") || message || status };
    }),
  );
}

const spec = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      status: z.string(),
      annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
      results: z.array(z.object({ error: z.object({ message: z.string().optional() }).optional() })),
    }),
  ),
});
const suite = z.object({
  title: z.string(),
  specs: z.array(spec),
  get suites() {
    return z.array(suite).optional();
  },
});
const playwrightReport = z.object({ suites: z.array(suite) });

/** Of the JSON that Playwright reports. */
export function playwrightOutcomes(report: unknown): Outcome[] {
  return playwrightReport.parse(report).suites.flatMap((file) => outcomesIn(file, "on screen"));
}

function outcomesIn({ specs, suites = [] }: z.infer<typeof suite>, group: string): Outcome[] {
  return [
    ...specs.flatMap(({ title, tests }) => {
      const named = { group, name: title.replace(" @browser", "") };
      return tests.map(({ status, annotations, results }): Outcome => {
        const reason = annotations.find(({ type }) => type === "skip")?.description;
        if (status === "expected") return { ...named, state: "passed", why: "" };
        if (status === "skipped" && reason !== undefined) return { ...named, state: "skipped", why: reason };
        return { ...named, state: "failed", why: results.at(-1)?.error?.message ?? status };
      });
    }),
    ...suites.flatMap((inner) => outcomesIn(inner, `${group}, ${inner.title}`)),
  ];
}
