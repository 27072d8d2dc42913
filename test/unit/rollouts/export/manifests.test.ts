import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { commands } from "../../../../src/main/cli/commands.ts";
import { toArgoRollout } from "../../../../src/main/rollouts/export/argo.ts";
import { toKserve } from "../../../../src/main/rollouts/export/kserve.ts";
import { rolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";

const names = { useCase: "interaction_layer", candidate: { model: "llama3.1-8b", version: "1.1" } };
const suiteId = "019ab000-0000-7000-8000-000000000001";
const canary = rolloutPlan.parse({
  strategy: "canary",
  steps: [
    { type: "weight", percent: 12.5 },
    { type: "pause", forMs: 300_000 },
    { type: "analysis", units: 100, withinMs: 3_600_000, proof: true },
    { type: "suite_gate", suiteId, atLeastPercent: 95 },
    { type: "person_gate", question: "Does it keep\nthe tone: yes?" },
    { type: "weight", percent: 50 },
    { type: "analysis", units: 200 },
  ],
  holdbackPercent: 10,
  holdbackMs: 7_200_000,
  shadowPercent: 5,
  limits: { errors: 3 },
  objectives: [{ metric: "totalMs", atMost: 9_000 }],
  progressDeadlineMs: 3_600_000,
  abortOnDeadline: true,
  rollbackWindow: 3,
});
const blueGreen = rolloutPlan.parse({
  strategy: "blue_green",
  previewSteps: [
    { type: "suite_gate", suiteId },
    { type: "pause", forMs: 60_000 },
  ],
  standbyMs: 900_000,
});
const allAtOnce = rolloutPlan.parse({ strategy: "all_at_once" });
const plans = { canary, blueGreen, allAtOnce };

/** The fields that are used, as Argo Rollouts documents them (specification, analysis); unknown ones are refused. */
const seconds = z.number().int().min(0);
const templates = z.strictObject({ templates: z.array(z.strictObject({ templateName: z.string() })).min(1) });
const name = z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const metadata = z.strictObject({ name });
const argoStep = z.union([
  z.strictObject({ setWeight: z.number().int().min(0).max(100) }),
  z.strictObject({
    pause: z.union([z.strictObject({}), z.strictObject({ duration: z.string().regex(/^\d+[smh]$/) })]),
  }),
  z.strictObject({ analysis: templates }),
]);
const surge = z.union([z.number().int(), z.string().regex(/^\d+%$/)]);
const argo = z.discriminatedUnion("kind", [
  z.strictObject({
    apiVersion: z.literal("argoproj.io/v1alpha1"),
    kind: z.literal("Rollout"),
    metadata,
    spec: z.strictObject({
      replicas: z.number().int(),
      selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
      template: z.strictObject({
        metadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
        spec: z.strictObject({ containers: z.array(z.looseObject({ name, image: z.string() })).min(1) }),
      }),
      progressDeadlineSeconds: seconds,
      progressDeadlineAbort: z.boolean(),
      rollbackWindow: z.strictObject({ revisions: z.number().int().min(1) }).optional(),
      strategy: z.union([
        z.strictObject({
          canary: z.strictObject({
            stableService: name.optional(),
            canaryService: name.optional(),
            maxSurge: surge,
            maxUnavailable: surge,
            steps: z.array(argoStep).optional(),
          }),
        }),
        z.strictObject({
          blueGreen: z.strictObject({
            activeService: name,
            previewService: name,
            autoPromotionEnabled: z.boolean(),
            autoPromotionSeconds: seconds.optional(),
            prePromotionAnalysis: templates.optional(),
            scaleDownDelaySeconds: seconds,
          }),
        }),
      ]),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("argoproj.io/v1alpha1"),
    kind: z.literal("AnalysisTemplate"),
    metadata,
    spec: z.strictObject({
      args: z.array(z.strictObject({ name, value: z.string() })),
      metrics: z
        .array(
          z.strictObject({
            name,
            interval: z
              .string()
              .regex(/^\d+s$/)
              .optional(),
            count: z.number().int().min(1).optional(),
            successCondition: z.string(),
            failureCondition: z.string().optional(),
            failureLimit: z.number().int().optional(),
            consecutiveSuccessLimit: z.number().int().optional(),
            inconclusiveLimit: z.number().int().optional(),
            provider: z.strictObject({
              web: z.strictObject({
                url: z.string(),
                jsonPath: z.string(),
                timeoutSeconds: z.number().int().optional(),
              }),
            }),
          }),
        )
        .min(1),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("Service"),
    metadata,
    spec: z.strictObject({
      selector: z.record(z.string(), z.string()),
      ports: z.array(z.strictObject({ port: seconds, targetPort: seconds })),
    }),
  }),
]);

function documents(text: string) {
  return parseAllDocuments(text).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return argo.parse(document.toJS());
  });
}
function rolloutOf(text: string) {
  const found = documents(text).find((document) => document.kind === "Rollout");
  if (found?.kind !== "Rollout") throw new Error("there is a Rollout");
  return found.spec;
}

describe.each(Object.entries(plans))("%s for Argo Rollouts", (_name, plan) => {
  test("is YAML of documented fields only", () => {
    expect(documents(toArgoRollout(plan, names)).length).toBeGreaterThan(1);
  });

  test("refers to services and templates that are there", () => {
    const text = toArgoRollout(plan, names);
    const there = new Set(documents(text).map(({ kind, metadata: { name: called } }) => `${kind} ${called}`));
    for (const [, called] of text.matchAll(/templateName: (\S+)/g))
      expect(there).toContain(`AnalysisTemplate ${called}`);
    for (const [, called] of text.matchAll(/(?:stable|canary|active|preview)Service: (\S+)/g))
      expect(there).toContain(`Service ${called}`);
  });
});

describe("a canary for Argo Rollouts", () => {
  const text = toArgoRollout(canary, names);

  test("has the plan's steps in their order, and the holdback after them", () => {
    expect(rolloutOf(text)).toMatchObject({
      progressDeadlineSeconds: 3_600,
      progressDeadlineAbort: true,
      rollbackWindow: { revisions: 3 },
      strategy: {
        canary: {
          steps: [
            { setWeight: 13 },
            { pause: { duration: "300s" } },
            { analysis: { templates: [{ templateName: "interaction-layer-step-3" }] } },
            { analysis: { templates: [{ templateName: "interaction-layer-step-4" }] } },
            { pause: {} },
            { setWeight: 50 },
            { analysis: { templates: [{ templateName: "interaction-layer-step-7" }] } },
            { setWeight: 90 },
            { pause: { duration: "7200s" } },
          ],
        },
      },
    });
  });

  test("rolls back on the evidence, waits while there are too few units, and gives up when its time is over", () => {
    const [evidence, suite] = documents(text).flatMap((document) =>
      document.kind === "AnalysisTemplate" ? document.spec.metrics : [],
    );
    expect(evidence).toMatchObject({
      failureCondition: "result.evidence >= 20",
      successCondition: "result.evidence < 20 && result.units >= 100 && result.pass >= 10",
      interval: "60s",
      count: 60,
      inconclusiveLimit: 60,
    });
    expect(suite).toMatchObject({ successCondition: "result.passedPercent >= 95", count: 1 });
  });

  test("tells in comments what it has no words for", () => {
    for (const told of [
      "5 % of the calls are also given",
      "more than 3 failed calls",
      "objective of totalMs",
      "12.5 %",
      "Does it keep the tone: yes?",
      "session affinity",
    ])
      expect(text).toMatch(new RegExp(`^ *# .*${told.replaceAll(/[.?]/g, "\\$&")}`, "m"));
  });
});

test("blue-green for Argo Rollouts previews, asks the suite, waits and keeps the old version", () => {
  expect(rolloutOf(toArgoRollout(blueGreen, names)).strategy).toEqual({
    blueGreen: {
      activeService: "interaction-layer-active",
      previewService: "interaction-layer-preview",
      autoPromotionEnabled: true,
      autoPromotionSeconds: 60,
      prePromotionAnalysis: { templates: [{ templateName: "interaction-layer-step-1" }] },
      scaleDownDelaySeconds: 900,
    },
  });
});

test("blue-green with a person's gate waits for promotion", () => {
  const asked = rolloutPlan.parse({
    strategy: "blue_green",
    previewSteps: [{ type: "person_gate", question: "Good?" }],
  });
  expect(rolloutOf(toArgoRollout(asked, names)).strategy).toMatchObject({ blueGreen: { autoPromotionEnabled: false } });
});

describe("KServe", () => {
  test.each([
    ["canary", canary, 13, undefined],
    ["blue-green", blueGreen, 0, { "serving.kserve.io/enable-tag-routing": "true" }],
    ["all at once", allAtOnce, undefined, undefined],
  ])("gets %s as an InferenceService", (_name, plan, canaryTrafficPercent, annotations) => {
    expect(parse(toKserve(plan, names))).toEqual({
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      metadata: { name: "interaction-layer", ...(annotations ? { annotations } : {}) },
      spec: {
        predictor: {
          ...(canaryTrafficPercent === undefined ? {} : { canaryTrafficPercent }),
          model: { modelFormat: { name: "huggingface" }, storageUri: "pvc://models/set-me" },
        },
      },
    });
  });

  test("is told the steps after the first weight as commands to run", () => {
    const text = toKserve(canary, names);
    expect(text).toContain(
      `# Step 6: kubectl patch inferenceservice interaction-layer --type merge -p '{"spec":{"predictor":{"canaryTrafficPercent":50}}}'`,
    );
    expect(text).toContain("# Step 1: 12.5 %, as below");
  });
});

test.each([
  ["", "taleward-model"],
  ["Ünïcode Näme", "n-code-n-me"],
  ["9 lives", "m-9-lives"],
  ["a".repeat(300), "a".repeat(40)],
])("the use case “%s” has a name that Kubernetes takes", (useCase, called) => {
  const document = parse(toKserve(allAtOnce, { ...names, useCase }));
  expect(document.metadata.name).toBe(called);
});

test("a model's name cannot break out of its comment", () => {
  const text = toKserve(allAtOnce, { ...names, candidate: { model: "a\nkind: Secret", version: "1" } });
  expect(parse(text).kind).toBe("InferenceService");
});

test("every command that a manifest names is one of the terminal's, with options that it takes", () => {
  const texts = Object.values(plans).flatMap((plan) => [toArgoRollout(plan, names), toKserve(plan, names)]);
  const named = texts.flatMap((text) => text.match(/\btaleward [a-z][^`)\n]*/g) ?? []);
  expect(named).toContain(`taleward test run ${suiteId} --versions llama3.1-8b@1.1 --json`);
  for (const line of named) {
    const words = line.split(" ").slice(1);
    const command = commands.find((one) => one.words.every((word, place) => word === words[place]));
    expect([line, command?.words.join(" ")]).toEqual([line, expect.any(String)]);
    const options = words.flatMap((word) => (word.startsWith("--") ? [word.slice(2)] : []));
    expect(["json", ...(command?.options ?? [])]).toEqual(expect.arrayContaining(options));
  }
});

test("a version whose name has spaces is one word of the command", () => {
  const spaced = { ...names, candidate: { model: "keeper", version: "of the night" } };
  expect(toArgoRollout(blueGreen, spaced)).toContain(`test run ${suiteId} --versions 'keeper@of the night' --json`);
});
