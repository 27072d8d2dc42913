import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HeadlessProcess, startHeadless } from "../kit/headless.ts";

let directory: string;
let host: HeadlessProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-pages-"));
  host = await startHeadless(directory);
});
afterEach(async () => {
  await host.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly cookie: string | undefined;
}

/** Sends the target as it is: `fetch` would tidy it up. */
function ask(method: string, target: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(host.origin);
    const sent = request({ hostname, port, method, path: target }, (response) => {
      response.resume();
      const { location, "set-cookie": cookies } = response.headers;
      resolve({ status: response.statusCode, location, cookie: cookies?.[0] });
    });
    sent.on("error", reject).end();
  });
}

test("a HEAD request, as a preview sends it, leaves the link good for a person", async () => {
  const { pathname, search } = new URL(host.link);
  expect((await ask("HEAD", pathname + search)).cookie).toBeUndefined();
  const opened = await ask("GET", pathname + search);
  expect(opened).toMatchObject({ status: 303, location: "/" });
  expect(opened.cookie).toMatch(/^taleward_\d+=[\w-]{43};/);
});

test("a target that leads elsewhere is refused, with a token and without, and leads nowhere", async () => {
  const { search } = new URL(host.link);
  for (const target of ["//", "//elsewhere.example/", "///x", "/\\elsewhere.example", "http://elsewhere.example/", "*"])
    for (const path of [target, `${target}${search}`]) {
      const answer = await ask("GET", path);
      expect({ path, refused: Math.floor((answer.status ?? 0) / 100) }).toEqual({ path, refused: 4 });
      expect(answer.location).toBeUndefined();
    }
  expect(host.errors()).toBe("");
});

test("a session that was emptied or cut on disk is not taken up again", async () => {
  const file = join(directory, "browser-session.json");
  const { port } = JSON.parse(await readFile(file, "utf8")) as { port: number };
  await host.stop();
  await writeFile(file, JSON.stringify({ port, session: "" }));
  host = await startHeadless(directory);
  const { pathname, search } = new URL(host.link);
  expect((await ask("GET", pathname + search)).cookie).toMatch(/^taleward_\d+=[\w-]{43};/);
});
