import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { fileState } from "../../src/main/registry/file-digests.ts";
import { ggufFile } from "../kit/servers/gguf.ts";
import { type HeadlessProcess, openLink, startHeadless } from "../kit/headless.ts";
import { hasStarterFile, starterFile } from "../kit/servers/starter-file.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let directory: string;
let host: Host;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-upload-"));
  host = await startHost(directory);
});
afterAll(async () => {
  await host.stop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => rm(join(directory, "models"), { recursive: true, force: true }));

interface Host extends HeadlessProcess {
  /** Of a browser that was let in. */
  readonly cookie: string;
  readonly pageKey: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Upload {
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the body into chunks of so many bytes. */
  readonly chunkBytes?: number;
  readonly to?: Host;
}

/** Sends a body as a page's fetch would, with its cookie. */
function upload(
  name: string | null,
  body: Buffer,
  { headers = {}, chunkBytes, to = host }: Upload = {},
): Promise<Answer> {
  const query = name === null ? "" : `?name=${encodeURIComponent(name)}`;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(`${to.origin}/models${query}`, {
    method: "POST",
    headers: {
      cookie: to.cookie,
      "x-taleward-page-key": to.pageKey,
      origin: to.origin,
      "content-length": body.length,
      ...headers,
    },
  });
  sent.on("error", reject);
  sent.on("response", (response) => {
    response.setEncoding("utf8");
    let text = "";
    response.on("data", (part: string) => (text += part));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(text, response.headers) }));
  });
  const each = chunkBytes ?? Math.max(1, body.length);
  for (let at = 0; at < body.length; at += each) sent.write(body.subarray(at, at + each));
  sent.end();
  return promise;
}

function parsed(text: string, headers: IncomingHttpHeaders): unknown {
  return headers["content-type"] === "application/json" ? JSON.parse(text) : text;
}

/** Without the starter model, which would be put into the folder too. */
async function startHost(home: string): Promise<Host> {
  const started = await startHeadless(home, { env: { TALEWARD_STARTER_MODEL: "" } });
  return { ...started, ...(await openLink(started.link)) };
}

const inFolder = () => readdir(join(directory, "models")).catch(() => []);

const refused = (code: string, field: string, message: RegExp) =>
  expect.objectContaining({
    code,
    field,
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(/\S/),
  });

test("a GGUF file lands whole under its name, however it was cut on the way", async () => {
  const content = ggufFile({ weightsBytes: 100_000 });
  for (const [name, chunkBytes] of [
    ["a.gguf", content.length],
    ["b b (1).GGUF", 1_000],
    ["größe-灯台.gguf", 3],
  ] as const) {
    const body = chunkBytes === 3 ? ggufFile() : content;
    expect(await upload(name, body, { chunkBytes })).toEqual({
      status: 200,
      body: { file: name, sizeBytes: body.length },
    });
    expect(await readFile(join(directory, "models", name))).toEqual(body);
  }
  expect(new Set(await inFolder())).toEqual(new Set(["a.gguf", "b b (1).GGUF", "größe-灯台.gguf"]));
});

test("what a file holds is known once it came, and again when the same came twice, without reading it", async () => {
  const content = ggufFile({ weightsBytes: 10_000 });
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const path = join(directory, "models", "known.gguf");
  const remembered = () => {
    const db = new Sqlite(join(directory, "taleward.db"), { readonly: true });
    try {
      return db.prepare("SELECT state, digest FROM hashed_files WHERE path = ?").all(path);
    } finally {
      db.close();
    }
  };
  await upload("known.gguf", content);
  expect(remembered()).toEqual([{ state: await fileState(path), digest }]);
  await utimes(path, 1, 1);
  await upload("known.gguf", content);
  expect(remembered()).toEqual([{ state: await fileState(path), digest }]);
});

test.skipIf(!hasStarterFile)("98 MB of a real model arrive as they are", async () => {
  const answer = await fetch(`${host.origin}/models?name=real.gguf`, {
    method: "POST",
    headers: { cookie: host.cookie, "x-taleward-page-key": host.pageKey },
    body: createReadStream(starterFile) as unknown as BodyInit, // Node's fetch takes streams
    duplex: "half",
  } as RequestInit);
  const whole = await readFile(starterFile);
  expect([answer.status, await answer.json()]).toEqual([200, { file: "real.gguf", sizeBytes: whole.length }]);
  expect((await readFile(join(directory, "models", "real.gguf"))).equals(whole)).toBe(true);
});

test("the same file again is as good as the first; another under its name is refused and changes nothing", async () => {
  const content = ggufFile();
  const other = ggufFile({ version: 2 });
  expect(await upload("a.gguf", content)).toMatchObject({ status: 200 });
  expect(await upload("a.gguf", content)).toEqual({ status: 200, body: { file: "a.gguf", sizeBytes: content.length } });
  expect(other.length).toBe(content.length);
  const taken = { status: 409, body: refused("CONFLICT", "name", /another file a\.gguf/) };
  expect(await upload("a.gguf", other)).toEqual(taken);
  expect(await upload("a.gguf", ggufFile({ weightsBytes: 999 }))).toEqual(taken);
  expect(await readFile(join(directory, "models", "a.gguf"))).toEqual(content);
  expect(await inFolder()).toEqual(["a.gguf"]);
});

test("of two at once under one name, one wins and the other is told", async () => {
  const answers = await Promise.all([upload("a.gguf", ggufFile()), upload("a.gguf", ggufFile({ version: 2 }))]);
  expect(answers.map(({ status }) => status)).toSatisfy(([one, other]) => one + other === 200 + 409);
  expect(await inFolder()).toEqual(["a.gguf"]);
});

test.each<[string, string | null, RegExp]>([
  ["no name", null, /no name/],
  ["an empty name", "", /no name/],
  ["a path upwards", "../../evil.gguf", /not a plain file name/],
  ["a folder", "sub/evil.gguf", /not a plain file name/],
  ["a Windows path", "C:\\evil.gguf", /not a plain file name/],
  ["a null character", "evil\0.gguf", /not a plain file name/],
  ["a line break", "evil\n.gguf", /not a plain file name/],
  ["a hidden file", ".evil.gguf", /not a plain file name/],
  ["a name with a space at its end", "evil.gguf ", /not a plain file name/],
  ["a device", "CON.gguf", /device on Windows/],
  ["another ending", "evil.exe", /does not end in \.gguf/],
  ["a long name", `${"x".repeat(300)}.gguf`, /longer than 200 bytes/],
])("%s is refused by name and leaves nothing", async (_what, name, message) => {
  expect(await upload(name, ggufFile())).toEqual({ status: 400, body: refused("BAD_REQUEST", "name", message) });
  expect(await inFolder()).toEqual([]);
});

test.each<[string, Buffer, RegExp]>([
  ["another kind of file", Buffer.from("PK\u0003\u0004".padEnd(5_000, "x")), /does not begin with GGUF/],
  ["three bytes", Buffer.from("GGU"), /too short/],
  ["nothing", Buffer.alloc(0), /empty/],
  ["a model that was cut short", ggufFile().subarray(0, 90), /cut short/],
])("%s is refused and leaves nothing", async (_what, body, message) => {
  for (const chunkBytes of [1, 5_000])
    expect(await upload("a.gguf", body, { chunkBytes })).toEqual({
      status: 400,
      body: refused("BAD_REQUEST", "body", message),
    });
  expect(await inFolder()).toEqual([]);
});

test("a large file that is none is refused at its first bytes, before it was sent", async () => {
  const socket = connect(Number(new URL(host.origin).port), "127.0.0.1");
  socket.write(
    `POST /models?name=a.gguf HTTP/1.1\r\nHost: ${new URL(host.origin).host}\r\nCookie: ${host.cookie}\r\nX-Taleward-Page-Key: ${host.pageKey}\r\nContent-Length: 1000000\r\n\r\nPK\u0003\u0004`,
  );
  const answered = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  expect(answered).toMatch(/^HTTP\/1\.1 400 /);
  // The rest is not waited for.
  await new Promise((resolve) => socket.once("close", resolve).resume());
  expect(await inFolder()).toEqual([]);
});

test("who is not let in is refused before a byte is read", async () => {
  const body = ggufFile();
  expect(await upload("a.gguf", body, { headers: { cookie: "" } })).toMatchObject({ status: 401 });
  expect(await upload("a.gguf", body, { headers: { cookie: `${host.cookie}x` } })).toMatchObject({ status: 401 });
  expect(await upload("a.gguf", body, { headers: { "x-taleward-page-key": "" } })).toMatchObject({ status: 401 });
  expect(await upload("a.gguf", body, { headers: { origin: "https://example.org" } })).toMatchObject({ status: 403 });
  expect(await upload("a.gguf", body, { headers: { host: "rebound.example.org" } })).toMatchObject({ status: 403 });
  expect(await inFolder()).toEqual([]);
});

test("an upload that is broken off leaves nothing", async () => {
  const socket = await begunUpload(host, "a.gguf");
  await expect.poll(inFolder).toEqual([expect.stringMatching(/^\.upload-/)]);
  socket.destroy();
  await expect.poll(inFolder).toEqual([]);
});

test("a file larger than the disk's room is refused before it is sent", async () => {
  const socket = connect(Number(new URL(host.origin).port), "127.0.0.1");
  socket.write(
    `POST /models?name=a.gguf HTTP/1.1\r\nHost: ${new URL(host.origin).host}\r\nCookie: ${host.cookie}\r\nX-Taleward-Page-Key: ${host.pageKey}\r\nContent-Length: 9000000000000000\r\n\r\n`,
  );
  const answered = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  expect(answered).toMatch(/^HTTP\/1\.1 507 /);
  expect(answered).toMatch(/no room for a\.gguf\. It has 9,000,000 GB, and [\d.,]+ GB are free/);
  socket.destroy();
  expect(await inFolder()).toEqual([]);
});

test("what a start that was killed left behind is gone with the next upload; an orderly end leaves nothing", async () => {
  const home = await mkdtemp(join(tmpdir(), "taleward-upload-killed-"));
  try {
    const killed = await startHost(home);
    await begunUpload(killed, "a.gguf");
    const there = () => readdir(join(home, "models")).catch(() => []);
    await expect.poll(there).toHaveLength(1);
    await killed.kill();
    expect(await there()).toHaveLength(1);
    const next = await startHost(home);
    expect(await upload("b.gguf", ggufFile(), { to: next })).toMatchObject({ status: 200 });
    expect(await there()).toEqual(["b.gguf"]);
    await begunUpload(next, "c.gguf");
    await expect.poll(there).toHaveLength(2);
    await next.stop();
    expect(await there()).toEqual(["b.gguf"]);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "a disk that fills up is said, and nothing of the file is kept (needs root on Linux)",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "taleward-upload-full-"));
    const disk = join(home, "models");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    const small = await startHost(home);
    try {
      const body = ggufFile({ weightsBytes: 3_000_000 });
      const full = { status: 507, body: refused("STORAGE", "body", /no room for a\.gguf/) };
      expect(await upload("a.gguf", body, { to: small })).toEqual(full);
      // Without its length told, it is noticed on the way.
      const headers = { "transfer-encoding": "chunked" };
      expect(await unannounced(small, "a.gguf", body, headers)).toEqual(full);
      expect(await readdir(disk)).toEqual([]);
      expect(await upload("b.gguf", ggufFile(), { to: small })).toMatchObject({ status: 200 });
    } finally {
      await small.stop();
      execFileSync("umount", ["-l", disk]);
      await rm(home, { recursive: true, force: true });
    }
  },
);

test("a models folder that is a file is said", async () => {
  await writeFile(join(directory, "models"), "");
  expect(await upload("a.gguf", ggufFile())).toEqual({
    status: 507,
    body: refused("STORAGE", "body", /cannot be written/),
  });
});

/** A connection on which half a file was sent. */
async function begunUpload(to: Host, name: string) {
  const { host: authority, port } = new URL(to.origin);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    `POST /models?name=${name} HTTP/1.1\r\nHost: ${authority}\r\nCookie: ${to.cookie}\r\nX-Taleward-Page-Key: ${to.pageKey}\r\nContent-Length: 100000\r\n\r\n`,
  );
  socket.write(ggufFile({ weightsBytes: 1_000 }));
  return socket;
}

async function unannounced(
  to: Host,
  name: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const sent = request(`${to.origin}/models?name=${name}`, {
    method: "POST",
    headers: { cookie: to.cookie, "x-taleward-page-key": to.pageKey, ...headers },
  });
  sent.on("error", () => {}); // it is cut off after it was answered
  sent.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => (text += part));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(text, response.headers) }));
  });
  sent.end(body);
  return promise;
}
