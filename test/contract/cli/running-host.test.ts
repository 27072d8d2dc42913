import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HeadlessProcess, startHeadless } from "../../kit/headless.ts";
import { runCommand } from "../../kit/terminal.ts";
import { waitFor } from "../../kit/wait-for.ts";

// Every command is a process of its own: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

/** The starter model would answer every use case. */
const withoutStarter = { TALEWARD_STARTER_MODEL: "" };

let directory: string;
let host: HeadlessProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-host-"));
  host = await startHeadless(directory, { env: withoutStarter });
});
afterEach(async () => {
  await host.stop();
  await rm(directory, { recursive: true, force: true });
});

test.each([
  ["before the contract had a number", undefined],
  ["with another contract", 999],
])(
  "a command is refused in words by a host %s, for the two would misunderstand each other",
  async (_what, contract) => {
    const file = join(directory, "instance.json");
    expect((await runCommand(directory, ["models", "list"])).code).toBe(0);
    const { url, secret } = JSON.parse(await readFile(file, "utf8")) as { url: string; secret: string };
    await writeFile(file, JSON.stringify({ url, secret, contract }));
    const ended = await runCommand(directory, ["models", "list"]);
    expect(ended).toMatchObject({ stdout: "" });
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("of another version. Close it and start it again in this version");
    expect(ended.stderr).not.toContain("    at ");
  },
);

test("status says when the assignments were last read and what for, and that a drill makes the registry unreadable", async () => {
  const status = async () => JSON.parse((await runCommand(directory, ["status", "--json"])).stdout) as unknown;
  await runCommand(directory, ["status"]);
  expect(await status()).toMatchObject({
    backend: "running",
    dataDirectory: directory,
    registry: { readAtMs: expect.any(Number), unreadableSinceMs: null, drillUntilMs: null },
    useCases: expect.arrayContaining([expect.objectContaining({ useCase: "story_generation", assigned: null })]),
  });
  await host.stop();
  host = await startHeadless(directory, { args: ["--drill", "registry:3600"], env: withoutStarter });
  await runCommand(directory, ["status"]);
  await waitFor(async () =>
    expect(await status()).toMatchObject({
      registry: { unreadableSinceMs: expect.any(Number), drillUntilMs: expect.any(Number) },
    }),
  );
  const { stdout } = await runCommand(directory, ["status"]);
  expect(stdout).toMatch(
    /not readable since .*, by a drill until .*; assignments were read .* by the periodic refresh/,
  );
});
