import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Transport, transports } from "../../kit/transports.ts";

// Each starts a backend, some several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.each(transports)("the gateway's settings over a %s", (_name, open) => {
  let dataDirectory: string;
  let backend: Backend;
  let transport: Transport;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "taleward-gateway-"));
    await start();
  });
  afterEach(async () => {
    await stop();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  async function start(host: "test" | "terminal" = "test"): Promise<void> {
    backend = await startBackend({ dataDirectory, host });
    transport = await open(backend.router);
  }

  async function stop(): Promise<void> {
    await transport.close();
    await backend.close();
  }

  test("are off until switched on, and the same with the same key after a restart", async () => {
    const { gateway } = transport.client;
    expect(await gateway.status()).toEqual({
      enabled: false,
      url: null,
      port: 11_500,
      key: null,
      maxBodyBytes: 33_554_432,
      managesModels: false,
      heldSentence: expect.stringMatching(/^\[Taleward: \{reason\}\] \{fallback\}/),
      trouble: null,
    });
    const { port } = new URL((await gateway.configure({ enabled: true, port: 0 })).url ?? "");
    const before = await gateway.configure({
      port: Number(port),
      maxBodyBytes: 4_096,
      managesModels: true,
      heldSentence: "(held: {reason})",
    });
    expect(before).toMatchObject({
      enabled: true,
      url: `http://127.0.0.1:${port}`,
      port: Number(port),
      maxBodyBytes: 4_096,
    });
    expect(before.key).toMatch(/^tw-/);
    await stop();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await start();
    await expect.poll(() => transport.client.gateway.status()).toEqual(before);
    const headers = { authorization: `Bearer ${before.key}` };
    expect(await (await fetch(`http://127.0.0.1:${port}/`, { headers })).text()).toBe("Ollama is running");
  });

  test("a visit from the terminal opens the door only when it is told to", async () => {
    await transport.client.gateway.configure({ enabled: true, port: 0 });
    await stop();
    await start("terminal");
    await expect
      .poll(() => transport.client.gateway.status())
      .toMatchObject({ enabled: true, url: null, trouble: null });
    expect(await transport.client.gateway.configure({ enabled: true })).toMatchObject({
      url: expect.stringMatching(/^http/),
    });
  });

  test("the key is in no file of the database", async () => {
    const { key } = await transport.client.gateway.configure({ enabled: true, port: 0 });
    if (key === null) throw new Error("no key");
    await (await call(`/${key}/api/tags`)).text();
    await (await call("/api/tags", { authorization: `Bearer ${key}` })).text();
    await stop();
    const files = (await readdir(dataDirectory)).filter((name) => name.startsWith("taleward.db"));
    expect(files).not.toEqual([]);
    for (const name of files) expect((await readFile(join(dataDirectory, name))).includes(key)).toBe(false);
    await start();
  });

  test("who calls is told as it changes", async () => {
    const { key } = await transport.client.gateway.configure({ enabled: true, port: 0 });
    const leave = new AbortController();
    const changes = await transport.client.app.changes(undefined, { signal: leave.signal });
    await changes.next(); // everything, once
    await (await call("/v1/models", { authorization: `Bearer ${key}`, "user-agent": "Tavern/1" })).text();
    const { value: changed } = await changes.next();
    expect(changed).toEqual({ topics: ["gateway"] });
    leave.abort();
    expect(await transport.client.gateway.calls()).toMatchObject([
      { client: "Tavern/1", method: "GET", path: "/v1/models", status: 200, error: null },
    ]);
  });

  test("what is out of its bounds is refused by name and changes nothing", async () => {
    const { gateway } = transport.client;
    const wrong = [
      ["port", { port: 70_000 }],
      ["port", { port: 1.5 }],
      ["maxBodyBytes", { maxBodyBytes: 1 }],
      ["heldSentence", { heldSentence: "  " }],
      ["heldSentence", { heldSentence: "x".repeat(501) }],
      ["enabled", { enabled: "yes" as unknown as boolean }],
    ] as const;
    for (const [field, input] of wrong)
      await expect(gateway.configure(input)).rejects.toMatchObject({ code: "BAD_REQUEST", data: { field } });
    expect(await gateway.status()).toMatchObject({ enabled: false, port: 11_500, maxBodyBytes: 33_554_432 });
  });

  async function call(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const { url } = await transport.client.gateway.status();
    return fetch(`${url}${path}`, { headers });
  }
});
