import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { expect, type Taleward, test } from "./kit/test.ts";

let app: Taleward;
let cookie: string;

test.describe("the headless host lets nobody else in", { tag: "@browser" }, () => {
  test.beforeAll(async ({ launchApp }) => {
    app = await launchApp();
    const cookies = await app.page.context().cookies(origin());
    cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  });

  test.afterAll(async () => {
    await app?.close();
  });

  test("a link opens the workbench once", async () => {
    const { link } = theHost();
    const path = link.slice(origin().length);
    expect(await ask(path)).toMatchObject({ status: 401, body: /This link was used already/ });
    expect(
      (await app.page.context().cookies(origin())).map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite })),
    ).toEqual([{ httpOnly: true, sameSite: "Strict" }]);
    expect(app.page.url()).not.toContain("token");
  });

  test("without the cookie there is no page, no asset and no socket", async () => {
    expect(await ask("/")).toMatchObject({ status: 401 });
    expect(await ask("/index.html")).toMatchObject({ status: 401 });
    expect(await upgrade({})).toBe(401);
    expect(await ask("/link", { method: "POST", headers: { cookie: "taleward=guessed" } })).toMatchObject({
      status: 401,
    });
  });

  test("with it there are", async () => {
    expect(await ask("/", { headers: { cookie } })).toMatchObject({ status: 200, body: /<div id="root">/ });
    expect(await upgrade({ cookie })).toBe(401); // the key that the page keeps for its own origin is missing
    const key = await app.page.evaluate(() => localStorage.getItem("taleward.page-key"));
    expect(await upgrade({ cookie, "sec-websocket-protocol": `taleward.${key}` })).toBe(101);
    expect(app.page.url()).not.toContain("page-key");
  });

  for (const [what, headers] of [
    ["a foreign Host", { host: "taleward.example" }],
    ["a Host of another port", { host: "127.0.0.1:1" }],
    ["a foreign Origin", { origin: "http://taleward.example" }],
    ["an opaque Origin", { origin: "null" }],
  ] as const) {
    test(`${what} is refused on HTTP and on the upgrade, cookie or not`, async () => {
      expect(await ask("/", { headers: { ...headers, cookie } })).toMatchObject({ status: 403 });
      expect(await upgrade({ ...headers, cookie })).toBe(403);
      expect(await upgrade(headers)).toBe(403);
    });
  }

  test("a page of another origin cannot open the socket from a browser", async () => {
    const tab = await app.page.context().newPage();
    await tab.route("http://taleward.example/", (route) =>
      route.fulfill({ contentType: "text/html", body: "<p>there</p>" }),
    );
    await tab.goto("http://taleward.example/");
    const ended = await tab.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address);
          socket.addEventListener("open", () => resolve("opened"));
          socket.addEventListener("close", () => resolve("closed"));
        }),
      `${origin().replace("http", "ws")}/rpc`,
    );
    await tab.close();
    expect(ended).toBe("closed");
  });

  test("a path leads to the built screens only", async () => {
    for (const path of [
      "/../main/headless.js",
      "/%2e%2e/main/headless.js",
      "/..%2fmain%2fheadless.js",
      "/assets/../../main/headless.js",
      "/%5c..%5cmain%5cheadless.js",
      "/%00",
      "/%zz",
    ]) {
      const { status, body } = await ask(path, { headers: { cookie } });
      expect({ path, status, leaks: /import |root:/.test(body) }).toEqual({ path, status: 404, leaks: false });
    }
    const { status, body } = await ask("//etc/passwd", { headers: { cookie } });
    expect({ status, leaks: /import |root:/.test(body) }).toEqual({ status: 400, leaks: false });
  });

  test("every answer forbids what a page of ours never needs", async () => {
    for (const path of ["/", "/nothing", "/?token=guessed"]) {
      const { headers } = await ask(path, { headers: { cookie } });
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(await ask("/", { method: "PUT", headers: { cookie } })).toMatchObject({ status: 405 });
  });

  test("the page keeps to its content security policy", async () => {
    const { page } = app;
    const refused = await page.evaluateHandle(async () => {
      const directives: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "globalThis.ranInline = true";
      document.head.append(script);
      await fetch("http://127.0.0.1:9/").catch(() => undefined);
      script.remove();
      return directives;
    });
    await expect.poll(() => refused.evaluate((found) => found.toSorted())).toEqual(["connect-src", "script-src-elem"]);
    expect(await page.evaluate(() => "ranInline" in globalThis)).toBe(false);
  });
});

function theHost(): NonNullable<Taleward["headless"]> {
  if (app.headless === null) throw new Error("this spec needs the headless host");
  return app.headless;
}

function origin(): string {
  return theHost().origin;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose path and headers are sent as they are: `fetch` would tidy them up. */
async function ask(
  path: string,
  options: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin());
  const sent = request({ hostname, port, path, agent: false, ...options }).end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const part of response.setEncoding("utf8")) body += part;
  return { status: response.statusCode, headers: response.headers, body };
}

/** The status with which the socket's upgrade is answered. */
async function upgrade(headers: Readonly<Record<string, string>>): Promise<number> {
  const { hostname, port } = new URL(origin());
  const sent = request({
    hostname,
    port,
    path: "/rpc",
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      ...headers,
    },
  }).end();
  const status = await new Promise<number>((resolve, reject) => {
    sent.once("response", (response) => resolve(response.statusCode ?? 0));
    sent.once("upgrade", (response) => resolve(response.statusCode ?? 0));
    sent.once("error", reject);
  });
  sent.destroy();
  return status;
}
