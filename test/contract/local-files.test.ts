import { copyFile, mkdir, mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import { FileDigests } from "../../src/main/registry/file-digests.ts";
import { startBackend } from "../kit/backend.ts";
import { ggufFile, ggufString, ggufUint32 } from "../kit/servers/gguf.ts";
import { hasStarterFile, starterFile } from "../kit/servers/starter-file.ts";
import { type Transport, transports } from "../kit/transports.ts";

// Reading a file takes a process of its own: a second on an idle machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.each(transports)("model files over a %s", (_name, open) => {
  let home: string;
  let folder: string;
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "taleward-local-files-"));
    folder = join(home, "data", "models");
    await mkdir(folder, { recursive: true });
    backend = await startBackend({ dataDirectory: join(home, "data") });
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await rm(home, { recursive: true, force: true });
  });

  test("the folder and what is in it are told", async () => {
    await writeFile(join(folder, "b.gguf"), ggufFile());
    await writeFile(join(folder, "a.gguf"), ggufFile({ weightsBytes: 256 }));
    await writeFile(join(folder, "notes.txt"), "");
    expect(await transport.client.servers.files()).toEqual({
      directory: folder,
      files: [
        { name: "a.gguf", sizeBytes: ggufFile({ weightsBytes: 256 }).length },
        { name: "b.gguf", sizeBytes: ggufFile().length },
      ],
    });
  });

  test.skipIf(!hasStarterFile)(
    "a model is read by its path anywhere, by its name, and as the starter model, loading nothing",
    async () => {
      const { client } = transport;
      const { size } = await stat(starterFile);
      const read = await client.servers.inspectFile({ path: starterFile });
      expect(read).toEqual({
        path: starterFile,
        sizeBytes: size,
        name: expect.stringContaining("135M"),
        architecture: "llama",
        parameters: "134.5M",
        quantization: "Q4_1",
        contextTokens: 8_192,
        license: "apache-2.0",
        neededBytes: expect.any(Number),
        freeBytes: expect.any(Number),
        forContextTokens: 2_048,
      });
      expect(read.neededBytes).toBeGreaterThan(size);
      expect(read.freeBytes).toBeGreaterThan(0);
      const named = join(folder, "SmolLM2-135M-Instruct.Q4_1.gguf");
      await copyFile(starterFile, named);
      const same = { ...read, path: named, freeBytes: expect.any(Number) };
      expect(await client.servers.inspectFile({ path: "SmolLM2-135M-Instruct.Q4_1.gguf" })).toEqual(same);
      expect(await client.servers.inspectFile({ path: "starter" })).toEqual(same);
      const wide = await client.servers.inspectFile({ path: starterFile, contextTokens: 65_536 });
      expect(wide.forContextTokens).toBe(8_192);
      expect(wide.neededBytes).toBeGreaterThan(read.neededBytes);
    },
  );

  test.each<[string, string, Buffer | null, { code: string; message: RegExp }]>([
    ["a file that is not there", "none.gguf", null, { code: "NOT_FOUND", message: /no file .*none\.gguf/ }],
    [
      "a path from nowhere",
      "../b.gguf",
      null,
      { code: "BAD_REQUEST", message: /without a folder, or by its absolute path/ },
    ],
    [
      "another kind of file",
      "picture.gguf",
      Buffer.from("\u0089PNG".padEnd(500, "x")),
      { code: "BAD_REQUEST", message: /picture\.gguf is not a GGUF model/ },
    ],
    [
      "a file that was cut short",
      "cut.gguf",
      ggufFile().subarray(0, 60),
      { code: "BAD_REQUEST", message: /cut\.gguf is cut short/ },
    ],
    [
      "a file that lies",
      "lie.gguf",
      ggufFile({ valueCount: 2 ** 50 }),
      { code: "BAD_REQUEST", message: /lie\.gguf is cut short or damaged/ },
    ],
    [
      "an architecture that nobody knows",
      "odd.gguf",
      ggufFile({ values: [ggufString("general.architecture", "nobody-knows-me")] }),
      { code: "BAD_REQUEST", message: /odd\.gguf cannot be loaded: unknown model architecture: 'nobody-knows-me'/ },
    ],
    [
      "a file that ends the process that reads it",
      "fatal.gguf",
      ggufFile({
        values: [
          ggufString("general.architecture", "llama"),
          ...["block_count", "embedding_length", "context_length", "attention.head_count", "feed_forward_length"].map(
            (key) => ggufUint32(`llama.${key}`, 4_000_000_000),
          ),
        ],
      }),
      { code: "BAD_REQUEST", message: /engine cannot read .*fatal\.gguf/ },
    ],
  ])("%s is refused by name, with what to do", async (_what, path, content, { code, message }) => {
    if (content !== null) await writeFile(join(folder, path), content);
    await expect(transport.client.servers.inspectFile({ path })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      data: { field: "path", value: path, remedy: expect.stringMatching(/\S/) },
    });
  });

  test("a file is read to be pinned, and how far that is comes to the end, the second time at once", async () => {
    const path = join(folder, "whole.gguf");
    await writeFile(path, ggufFile({ weightsBytes: 4_000_000 }));
    const { size } = await stat(path);
    for (let times = 0; times < 2; times += 1) {
      const received = [];
      for await (const so of await transport.client.servers.readFile({ file: "whole.gguf" })) received.push(so);
      expect(received.at(-1)).toEqual({ bytesDone: size, bytesTotal: size });
      if (times === 1) expect(received).toHaveLength(1);
    }
    const gone = async () => {
      for await (const so of await transport.client.servers.readFile({ file: "gone.gguf" })) expect(so).toBeNull();
    };
    await expect(gone()).rejects.toMatchObject({ code: "NOT_FOUND", data: { field: "file", value: "gone.gguf" } });
  });

  test("reading a large file, and registering it, ends where it is cancelled, and nothing is registered", async () => {
    const { client } = transport;
    const path = join(folder, "large.gguf");
    await writeFile(path, ggufFile());
    await truncate(path, 64e9); // a hole, which takes no room on the disk and a minute to read
    const stop = new AbortController();
    let bytesDone = 0;
    const reading = async () => {
      for await (const so of await client.servers.readFile({ file: "large.gguf" }, { signal: stop.signal })) {
        ({ bytesDone } = so);
        if (bytesDone > 0) stop.abort();
      }
    };
    await reading().catch(() => {}); // either way of ending
    expect(stop.signal.aborted).toBe(true);
    expect(bytesDone).toBeLessThan(64e9);
    const digests = vi.spyOn(FileDigests.prototype, "now");
    const cancel = new AbortController();
    const configuration = { file: "large.gguf" };
    const registering = client.registry.registerModel(
      { modelName: "large", provider: "embedded", version: "1", configuration },
      { signal: cancel.signal },
    );
    await vi.waitFor(() => expect(digests).toHaveBeenCalled());
    cancel.abort();
    await expect(registering).rejects.toThrow();
    await expect(digests.mock.results[0]?.value).rejects.toThrow(); // it is not read any more
    digests.mockRestore();
    expect((await client.registry.versions({ text: "large" })).items).toEqual([]);
    await rm(path);
  });

  test.skipIf(!hasStarterFile)("a file is run where it lies, and its memory is given back", async () => {
    const { client } = transport;
    const registered = await client.registry.registerModel({
      modelName: "dropped",
      provider: "embedded",
      version: "1",
      useCase: "interaction_layer",
      configuration: { file: starterFile, contextTokens: 512 },
    });
    const { vectors } = await client.inference.embed({ versionId: registered.id, texts: ["the sea"] });
    expect(vectors[0]).toHaveLength(576);
    const loaded = async () => (await client.inference.status({ useCase: "interaction_layer" })).loaded;
    expect(await loaded()).toBe(true);
    expect(await client.servers.unloadEngine()).toEqual({});
    expect(await loaded()).toBe(false);
    expect(await client.servers.unloadEngine()).toEqual({});
  });
});
