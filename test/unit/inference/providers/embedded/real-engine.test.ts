import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../../src/main/inference/provider.ts";
import { forkNodeEngine } from "../../../../../src/main/inference/providers/embedded/engine-process.ts";
import {
  createEmbeddedProvider,
  type EmbeddedProvider,
} from "../../../../../src/main/inference/providers/embedded/provider.ts";
import { closeProvidersAfterEach, collect, never, opened, request } from "./scripted-engine.ts";

closeProvidersAfterEach();

const engineUrl = new URL("../../../../../src/main/engine.ts", import.meta.url);

describe("with the real engine", () => {
  function real(file: string): EmbeddedProvider {
    const provider = createEmbeddedProvider({ fork: () => forkNodeEngine(engineUrl), files: { resolve: () => file } });
    opened.push(provider);
    return provider;
  }

  test("a file that is not there is model_not_found, with a remedy", async () => {
    const file = join(tmpdir(), "no-such-model.gguf");
    const error = await collect(real(file).stream(request, never)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      errorClass: "model_not_found",
      message: `There is no model file at ${file}.`,
      remedy: expect.stringContaining("starter model"),
    });
  });

  test("a file that is no model is told so, and the engine lives on", async () => {
    const provider = real(fileURLToPath(import.meta.url));
    for (let time = 0; time < 2; time += 1) {
      await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
        errorClass: "rejected",
        message: expect.stringMatching(/real-engine\.test\.ts is not a GGUF model/),
        remedy: expect.stringContaining("GGUF"),
      });
    }
  });

  test("the engine ends with its parent, though that was killed", async () => {
    const source = `
      import { fork } from "node:child_process";
      const engine = fork(${JSON.stringify(fileURLToPath(engineUrl))}, { serialization: "advanced", execArgv: [] });
      engine.on("message", () => console.log(engine.pid));
      engine.send({ type: "unload", id: 1 });
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
