import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CDPSession, TestInfo } from "@playwright/test";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { expectAccessible } from "./kit/accessible.ts";
import { unreachable } from "./kit/reach.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

/** 1280x800 at a zoom of 200 % is a window of 640x400 CSS px, two of the screen's to each of its own. */
const sizes = [
  { width: 1280, height: 800, deviceScaleFactor: 1 },
  { width: 1024, height: 768, deviceScaleFactor: 1 },
  { width: 640, height: 400, deviceScaleFactor: 1 },
  { width: 640, height: 400, deviceScaleFactor: 2 },
];
/** Where the pictures go besides the report, for whoever looks at them. */
const pictures = process.env["TALEWARD_PICTURES"];

let ollama: OllamaServer;
let app: Taleward;
let devtools: CDPSession;

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    script: streamText("The lamp went out. The number of the card was 4111 1111 1111 1111, he said. Mara ran."),
  });
  app = await launchApp({ ollama });
  devtools = await app.page.context().newCDPSession(app.page);
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

type Size = (typeof sizes)[number];

async function resize(size: Size): Promise<void> {
  await app.page.setViewportSize({ width: size.width, height: size.height });
  await devtools.send("Emulation.setDeviceMetricsOverride", { ...size, mobile: false });
  await expect
    .poll(() => app.page.evaluate(() => [innerWidth, devicePixelRatio]))
    .toEqual([size.width, size.deviceScaleFactor]);
}

/** At each size: everything can be reached and read. */
async function expectReachable(info: TestInfo, name: string, at: readonly Size[] = sizes): Promise<void> {
  for (const size of at) {
    await resize(size);
    const where = `${name} ${size.width}x${size.height}@${size.deviceScaleFactor}`;
    const problems = await unreachable(app.page);
    if (problems.length > 0 && pictures !== undefined)
      await appendFile(join(pictures, "faults.txt"), `${[where, ...problems].join("\n  ")}\n`);
    expect.soft(problems, where).toEqual([]);
    const body = await app.page.screenshot();
    await info.attach(where, { body, contentType: "image/png" });
    if (pictures !== undefined) {
      await mkdir(pictures, { recursive: true });
      await writeFile(join(pictures, `${where.replaceAll(" ", "-")}.png`), body);
    }
  }
  await resize(sizes[0] as Size);
}

const small = sizes.filter(({ width }) => width < 1_000);

async function walk1(info: TestInfo): Promise<void> {
  await expectReachable(info, "first start");
  await app.firstStart.use("smollm2:135m");
  await app.shell.closeToasts();
}

async function walk2(info: TestInfo): Promise<void> {
  const { stories, page, shell } = app;
  await stories.ask("He pays for the room");
  await stories.answered();
  await expectReachable(info, "stories");
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "Outline", exact: true }).click();
  await expect(stories.outline).toBeVisible();
  await expectReachable(info, "stories outline", small);
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "Outline", exact: true }).click();
  await stories.outline.getByRole("button", { name: "New story" }).click();
  await expectReachable(info, "stories new", small);
  await page.keyboard.press("Escape");
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "Inspector" }).click();
  await expect(shell.inspector).toBeVisible();
  await expectReachable(info, "stories inspector", small);
}

async function walk3(info: TestInfo): Promise<void> {
  const { page, shell } = app;
  await page.keyboard.press("ControlOrMeta+k");
  await expectReachable(info, "palette");
  await page.keyboard.press("Escape");
  await shell.command("Shortcuts of this screen");
  await expectReachable(info, "shortcuts");
  await page.keyboard.press("Escape");
  for (const size of sizes) {
    await resize(size);
    await shell.rail.getByRole("button", { name: "Settings" }).click();
    const settings = page.getByRole("dialog", { name: "Settings" });
    await expect(settings).toBeVisible();
    await expectReachable(info, "settings", [size]);
    await page.keyboard.press("Escape");
    await expect(settings).toBeHidden();
  }
}

async function walk4(info: TestInfo): Promise<void> {
  const { shell, violations, page } = app;
  await shell.go("Violations");
  await expect(violations.heading).toBeVisible();
  await expectReachable(info, "violations");
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "All violations" }).click();
  await expectReachable(info, "violations list", small);
  await page.keyboard.press("o");
  await expectReachable(info, "violations override");
  await page.keyboard.press("Escape");
}

async function walk5(info: TestInfo): Promise<void> {
  const { shell, models, page } = app;
  await shell.go("Models");
  await models.open("Library");
  await models.register({
    "Model name": "hf.co/bartowski/Meta-Llama-3.1-8B-Instruct-GGUF:Q4_K_M",
    Version: "1",
    "Server model name": "smollm2:135m",
  });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  for (const tab of ["Library", "Assignments", "Servers"] as const) {
    await models.open(tab);
    await expectReachable(info, `models ${tab.toLowerCase()}`);
  }
  await models.open("Assignments");
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "Inspector" }).click();
  await expectReachable(info, "models use case", small);
  await page.getByRole("button", { name: "Register a model" }).click();
  await expect(models.registerDrawer).toBeVisible();
  await expectReachable(info, "models register");
  await page.keyboard.press("Escape");
  await models.open("Servers");
  await page
    .getByRole("button", { name: /^Add (a )?server/ })
    .first()
    .click();
  await expectReachable(info, "models add server");
  await page.keyboard.press("Escape");
  await models.open("Library");
  await models.rows.first().getByRole("rowheader").getByRole("link").click();
  await expect(models.versionPage.facts).toBeVisible();
  await expectReachable(info, "models version");
  await models.open("Library");
  const both = await models.rows.getByRole("checkbox").all();
  for (const box of both) await box.check();
  await page
    .getByRole("button", { name: /Compare/ })
    .or(page.getByRole("link", { name: /Compare/ }))
    .first()
    .click();
  await expectReachable(info, "models compare");
}

async function walk6(info: TestInfo): Promise<void> {
  const { shell, rollouts, page } = app;
  await shell.go("Rollouts");
  await expectReachable(info, "rollouts empty");
  await rollouts.openForm();
  await rollouts.form.getByText("How the evidence is weighed").click();
  await expectReachable(info, "rollouts start");
  await rollouts.detect.getByText("Load model", { exact: true }).click();
  await expectReachable(info, "rollouts load model");
  await rollouts.choosePreset("By hand");
  await rollouts.chooseCandidate("hf.co/bartowski/Meta-Llama-3.1-8B-Instruct-GGUF:Q4_K_M @1");
  await rollouts.start();
  await expect(rollouts.state).toHaveText("Paused");
  await shell.closeToasts();
  await expectReachable(info, "rollouts live");
  await page.keyboard.press("a");
  await expect(rollouts.state).toHaveText("Rolled back");
  await shell.closeToasts();
  await expectReachable(info, "rollouts rolled back");
  await shell.go("Rollouts");
  await page.evaluate(() => (location.hash = "#/rollouts"));
  await expectReachable(info, "rollouts list");
}

async function walk7(info: TestInfo): Promise<void> {
  const { shell, logs } = app;
  await shell.go("Logs");
  await expectReachable(info, "logs");
  await logs.open(0);
  for (const tab of ["Response", "Prompt as sent", "Timings", "Checks", "Chain", "Raw"] as const) {
    await logs.show(tab);
    await expectReachable(info, `logs ${tab.toLowerCase()}`);
  }
}

async function walk8(info: TestInfo): Promise<void> {
  const { shell, playground } = app;
  await shell.go("Playground");
  await playground.write(2, "He reads the card aloud.");
  await playground.choose(2, "story_generation");
  for (const group of ["Length and stop", "Output format", "Tools", "Model and server", "Deadlines"] as const)
    await playground.parameters(group);
  await playground.run.click();
  for (const position of [1, 2]) await playground.answered(position);
  await expectReachable(info, "playground");
  for (const tab of ["Raw request", "Raw response"] as const) {
    await playground.show(1, tab);
    await expectReachable(info, `playground ${tab.toLowerCase()}`);
  }
}

async function walk9(info: TestInfo): Promise<void> {
  const { playground, suites, page, shell } = app;
  await playground.request.getByRole("button", { name: "Save as test" }).click();
  const dialog = playground.saveDialog;
  await dialog.getByRole("button", { name: "Add assertion" }).click();
  await page.getByRole("menuitem", { name: "Matches a pattern" }).click();
  await dialog.getByRole("textbox", { name: "Pattern" }).fill("lamp");
  await dialog.getByRole("textbox", { name: "Name of the new suite" }).fill("The voice of the lighthouse keeper");
  await expectReachable(info, "suites save");
  await dialog.getByRole("button", { name: "Save test" }).click();
  await expect(dialog).toBeHidden();
  await shell.closeToasts();
  await suites.link.click();
  await page.getByRole("combobox", { name: "Add version" }).click();
  await page.getByRole("option", { name: /^smollm2:135m @/ }).click();
  await suites.runToTheEnd();
  await expectReachable(info, "suites");
  await resize(sizes[2] as Size);
  await suites.results.getByRole("button", { name: / on smollm2/ }).click();
  await expectReachable(info, "suites result", small);
  await resize(sizes[2] as Size);
  await page.getByRole("button", { name: "Suites", exact: true }).click();
  await expectReachable(info, "suites list", small);
  await suites.cases.getByRole("button").first().click();
  await expect(suites.caseDrawer).toBeVisible();
  await expectReachable(info, "suites case");
  await page.keyboard.press("Escape");
}

/** Over every screen: two that say what was done, one of them with Undo, and a problem with its remedy in front. */
async function walkToasts(info: TestInfo): Promise<void> {
  const { shell, models, page } = app;
  await shell.go("Models");
  await models.open("Library");
  await shell.command("Check for drift");
  await expect(shell.toast(/./)).toBeVisible();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Import registry" }).click();
  await (await chooser).setFiles({ name: "notes.json", mimeType: "application/json", buffer: Buffer.from("no") });
  await expect(shell.toast("notes.json is not JSON.")).toBeVisible();
  for (const name of ["Stories", "Violations", "Models", "Logs", "Playground", "Alerts", "Gateway"] as const) {
    await shell.go(name);
    await expect(shell.toast(/./).first()).toBeVisible();
    await expectReachable(info, `toasts ${name.toLowerCase()}`);
    await expectAccessible(page);
  }
  await shell.closeToasts();
}

async function walk10(info: TestInfo): Promise<void> {
  const { shell, alerts, gateway } = app;
  await shell.go("Alerts");
  for (const tab of ["Alerts", "Rules", "Subscribers"] as const) {
    await alerts.open(tab);
    await expectReachable(info, `alerts ${tab.toLowerCase()}`);
  }
  await shell.go("Gateway");
  await gateway.settings.getByRole("textbox", { name: "Port" }).fill("0");
  await gateway.settings.getByRole("button", { name: "Save" }).click();
  await shell.closeToasts();
  await gateway.turn("on");
  await fetch(`${await gateway.address.textContent()}/api/tags`);
  await expect(gateway.calls).toHaveCount(1);
  await expectReachable(info, "gateway");
}

const walks = [
  ["first start", walk1],
  ["Stories, with its outline and inspector as drawers", walk2],
  ["palette, shortcuts and settings", walk3],
  ["Violations, with its list as a drawer and the dialogs of a decision", walk4],
  ["Models: every tab, page, drawer and dialog", walk5],
  ["Rollouts: the list, the form with its plan, a live one and its manifest", walk6],
  ["Logs with a call open, whichever part is shown", walk7],
  ["Playground with answers and all its fields", walk8],
  ["Test suites: a case, a run and a result", walk9],
  ["Alerts and Gateway", walk10],
  ["every screen with toasts shown", walkToasts],
] as const;

test("every control of every screen can be reached and read at 1280x800, 1024x768, 640x400 and a zoom of 200 % @browser", async ({}, info) => {
  test.setTimeout(1_500_000);
  for (const [name, walk] of walks) await test.step(name, () => walk(info));
});
