import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { once } from "node:events";
import { WebSocket } from "ws";
import { runCommand } from "../kit/terminal.ts";
import { type HeadlessProcess, openLink, startHeadless } from "../kit/headless.ts";

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
  expect(opened).toMatchObject({ status: 303, location: expect.stringMatching(/^\/#page-key=[\w-]{43}$/) });
  expect(opened.cookie).toMatch(/^taleward_[\da-f]{12}=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
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
  await writeFile(file, JSON.stringify({ port, cookie: "", pageKey: "", id: "", createdAtMs: 0 }));
  host = await startHeadless(directory);
  const { pathname, search } = new URL(host.link);
  expect((await ask("GET", pathname + search)).cookie).toMatch(/^taleward_[\da-f]{12}=[\w-]{43};/);
});

/** The status a page's socket is refused with; 101 where it is let in. */
async function socketStatus(origin: string, cookie: string, pageKey?: string): Promise<number> {
  const protocols = pageKey === undefined ? [] : [`taleward.${pageKey}`];
  const socket = new WebSocket(`${origin.replace("http", "ws")}/rpc`, protocols, { headers: { cookie } });
  const status = await new Promise<number>((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("error", (error) => resolve(Number(/\d{3}/.exec(error.message)?.[0] ?? 0)));
  });
  socket.terminate();
  return status;
}

test("the cookie, which every program on this machine is sent, is not enough to call or to ask for a link", async () => {
  const { cookie, pageKey } = await openLink(host.link);
  expect(await socketStatus(host.origin, cookie)).toBe(401);
  expect(await socketStatus(host.origin, cookie, "x".repeat(43))).toBe(401);
  expect(await socketStatus(host.origin, "", pageKey)).toBe(401);
  expect(await socketStatus(host.origin, cookie, pageKey)).toBe(101);
  const asked = async (path: string, headers: Record<string, string>, method = "POST") =>
    (await fetch(`${host.origin}${path}`, { method, headers: { cookie, ...headers } })).status;
  for (const path of ["/link", "/sign-out", "/models?name=a.gguf"]) expect(await asked(path, {})).toBe(401);
  expect(await asked("/link", { "x-taleward-page-key": pageKey })).toBe(200);
  // No file that is served holds the key.
  const page = await fetch(`${host.origin}/`, { headers: { cookie } });
  expect(page.status).toBe(200);
  expect(await page.text()).not.toContain(pageKey);
});

test("signing out everywhere ends open tabs, cookies, keys and links, from a page and from the terminal", async () => {
  for (const from of ["page", "terminal"] as const) {
    const link = await fetch(`${host.origin}/link`, { method: "POST", headers: await owner() }).then((it) => it.text());
    const unused = await fetch(`${host.origin}/link`, { method: "POST", headers: await owner() }).then((it) =>
      it.text(),
    );
    const { cookie, pageKey } = await openLink(link);
    const tab = new WebSocket(`${host.origin.replace("http", "ws")}/rpc`, [`taleward.${pageKey}`], {
      headers: { cookie },
    });
    await once(tab, "open");
    const closed = once(tab, "close");
    if (from === "page") {
      const headers = { cookie, "x-taleward-page-key": pageKey };
      expect((await fetch(`${host.origin}/sign-out`, { method: "POST", headers })).status).toBe(200);
    } else expect(await runCommand(directory, ["sign-out"])).toMatchObject({ code: 0 });
    await closed;
    expect(await socketStatus(host.origin, cookie, pageKey)).toBe(401);
    expect(await openLink(unused)).toEqual({ cookie: "", pageKey: "" });
  }
  await host.stop();
  host = await startHeadless(directory);
  expect((await openLink(host.link)).pageKey).toMatch(/^[\w-]{43}$/);
});

async function owner(): Promise<Record<string, string>> {
  const { secret } = JSON.parse(await readFile(join(directory, "instance.json"), "utf8")) as { secret: string };
  return { authorization: `Bearer ${secret}` };
}

test("a start with a new session, or after the old one's thirty days, lets nobody in from before", async () => {
  const { cookie, pageKey } = await openLink(host.link);
  await host.stop();
  host = await startHeadless(directory, { args: ["--new-session"] });
  expect(await socketStatus(host.origin, cookie, pageKey)).toBe(401);
  const later = await openLink(host.link);
  await host.stop();
  const file = join(directory, "browser-session.json");
  const kept = JSON.parse(await readFile(file, "utf8")) as { createdAtMs: number };
  await writeFile(file, JSON.stringify({ ...kept, createdAtMs: kept.createdAtMs - 31 * 86_400_000 }));
  host = await startHeadless(directory);
  expect(await socketStatus(host.origin, later.cookie, later.pageKey)).toBe(401);
});

test("a folder where the instance is to be written is said in words, and garbage in it is nobody running", async () => {
  await host.stop();
  await rm(join(directory, "instance.json"), { force: true });
  await mkdir(join(directory, "instance.json"));
  await writeFile(join(directory, "instance.json", "x"), "");
  await expect(startHeadless(directory)).rejects.toThrow(
    /^headless ended with 1: Taleward cannot write \S+instance\.json: there is a folder of that name\. Move that folder away, then start again\.\n$/,
  );
  await rm(join(directory, "instance.json"), { recursive: true });
  for (const garbage of ["", "null", "5", "[]", '{"url":5}', "\u0000", '{"url":"http://127.0.0.1:9","secret":""}']) {
    await writeFile(join(directory, "instance.json"), garbage);
    expect(await runCommand(directory, ["models", "list"])).toMatchObject({ code: 0 });
  }
  host = await startHeadless(directory);
});
