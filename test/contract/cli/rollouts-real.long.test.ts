import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { type HeadlessProcess, startHeadless } from "../../kit/headless.ts";
import { collect } from "../../kit/narrative.ts";
import { whileAsking } from "../../kit/rollouts.ts";
import { hasStarterFile, skippedWithoutStarterFile, starterFile } from "../../kit/servers/starter-file.ts";
import { runCommand, startCommand } from "../../kit/terminal.ts";
import type { Client } from "../../kit/transports.ts";

// Real models on cores that other test files share, and a process for every command.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const useCase = "interaction_layer";
/** More than the smallest window holds. */
const prompt = "The keeper climbed the stairs, and the map lay under the lamp. ".repeat(30);

type Plan = z.input<typeof rolloutPlan>;

const steps: Plan & { strategy: "canary" } = {
  strategy: "canary",
  steps: [
    { type: "weight", percent: 50 },
    { type: "analysis", units: 4 },
  ],
  limits: { errors: 1 },
};
/** With as many calls as make it certain that both arms get theirs. */
const moreCalls: Plan = {
  ...steps,
  steps: [
    { type: "weight", percent: 50 },
    { type: "analysis", units: 40 },
  ],
};
const plans: readonly [name: string, completes: Plan, takenBack: Plan, because: RegExp][] = [
  ["canary", steps, moreCalls, /^(?:[2-9]|\d\d+) calls failed on the candidate, 1 are tolerated/],
  [
    "blue-green",
    { strategy: "blue_green", previewSteps: [{ type: "pause", forMs: 1_000 }], standbyMs: 1_000 },
    { strategy: "blue_green", previewSteps: [], standbyMs: 600_000, limits: { errors: 1 } },
    /^(?:[2-9]|\d\d+) calls failed on the candidate, 1 are tolerated/,
  ],
  [
    "all at once",
    { strategy: "all_at_once", watchMs: 1_000, objectives: [{ metric: "totalMs", atMost: 120_000 }] },
    { strategy: "all_at_once", watchMs: 600_000, objectives: [{ metric: "errors", atMost: 0.05 }] },
    /objective/,
  ],
];

describe.skipIf(!hasStarterFile)(
  `from the terminal, with the built-in model under several configurations${skippedWithoutStarterFile}`,
  () => {
    let directory: string;
    let host: HeadlessProcess;
    let client: Client;
    let disconnect: () => void;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "taleward-cli-rollouts-real-"));
      host = await startHeadless(directory, {
        env: { OLLAMA_HOST: "127.0.0.1:9", TALEWARD_STARTER_MODEL: starterFile },
      });
      ({ client, close: disconnect } = await host.connect());
      for (const [version, context] of [
        ["wide", "1024"],
        ["wider", "1536"],
        ["cramped", "256"],
      ] as const)
        await run(
          ..."models register --name keeper --provider embedded --file starter --version".split(" "),
          version,
          "--context",
          context,
        );
    });
    afterAll(async () => {
      disconnect();
      await host.stop();
      await rm(directory, { recursive: true, force: true });
    });

    const run = async (...args: string[]) => {
      const ended = await runCommand(directory, args);
      expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
      return ended;
    };
    /** Starts it, watches it to its end while somebody keeps asking, and looks at what was told. */
    const rollOut = async (candidate: string, plan: Plan) => {
      await run("models", "assign", useCase, "keeper@wide");
      const file = join(directory, "plan.json");
      await writeFile(file, JSON.stringify({ ...plan, rollbackWindow: 0 })); // or a version that was stable lately skips its steps
      await run("rollouts", "start", useCase, candidate, "--plan", file);
      const watching = startCommand(directory, ["rollouts", "watch", useCase, "--json"]);
      const answer = async () =>
        (await collect(await client.inference.generate({ useCase, prompt, options: { maxTokens: 4 } }))).at(-1);
      const asked = async () => expect((await answer())?.type).toBe("done"); // nobody is left without an answer
      const ended = await whileAsking(asked, () => watching.ended);
      const received = (await client.coordination.history({ limit: 20 })).map(({ type }) => type);
      const states = ended.objects.flatMap(({ type, rollout }) => (type === "rollout" ? [rollout] : []));
      return { ...ended, received, states, answer: await answer() };
    };

    test.each(plans)("%s: started, shifted, monitored, broadcast, completed", async (_, completes) => {
      const { code, received, states, answer } = await rollOut("keeper@wider", completes);
      expect(code).toBe(0);
      expect(states.at(-1)).toMatchObject({ status: { state: "healthy", candidatePercent: 100, warmed: true } });
      expect(received.slice(0, 1 + received.indexOf("rollout_started"))).toEqual(
        expect.arrayContaining(["rollout_completed", "weight_changed", "rollout_started"]),
      );
      expect(answer).toMatchObject({ type: "done", version: "wider" });
      expect((await run("models", "history", useCase)).stdout).toMatch(/keeper@wider/);
    });

    test.each(plans)("%s: a version that cannot answer is rolled back by itself", async (_, __, takenBack, because) => {
      const { code, received, states, answer } = await rollOut("keeper@cramped", takenBack);
      expect(code).toBe(4);
      expect(states.at(-1)).toMatchObject({
        status: { state: "degraded", candidatePercent: 0, reason: expect.stringMatching(because) },
      });
      expect(received[0]).toBe("rollout_rolled_back");
      expect(answer).toMatchObject({ type: "done", version: "wide" });
    });
  },
);
