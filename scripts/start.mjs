#!/usr/bin/env node
// npm start: opens Taleward, doing whatever set-up is still missing.
// --headless opens it in a browser; --data-dir DIR, --port N and whatever else is given are passed on.
import { spawn } from "node:child_process";
import {
  ensureBuilt,
  ensureDependencies,
  ensureElectron,
  ensureStarterModel,
  findCommand,
  node24,
  root,
  run,
  runMain,
  report,
  toolEnvironment,
} from "./setup.mjs";

const args = process.argv.slice(2);

await runMain(async () => {
  if (args.includes("--help") || args.includes("-h"))
    return console.log(
      "Usage: npm start -- [--headless] [--data-dir FOLDER] [--port N]\n\nOpens Taleward, doing whatever set-up is still missing; with --headless in a browser.",
    );
  await ensureDependencies();
  await ensureBuilt();
  const starterModel = await ensureStarterModel();
  const env = toolEnvironment(starterModel && { TALEWARD_STARTER_MODEL: starterModel });
  if (args.includes("--headless")) return await openInBrowser(env);
  const electron = await ensureElectron();
  if (electron === undefined) {
    report(
      "Electron's binary is missing and could not be downloaded; opening the same workbench in the browser instead",
    );
    return await openInBrowser(env);
  }
  if (!hasDisplay()) {
    report("there is no display here; serving the workbench for a browser instead");
    return await openInBrowser(env);
  }
  await openWindow(electron, env);
});

/** Opens the desktop app; where its window dies at once (no usable sandbox, a missing system library) the browser serves. */
async function openWindow(electron, env) {
  report("opening the desktop app");
  delete env.ELECTRON_RUN_AS_NODE;
  // Chromium refuses its sandbox to root.
  const sandbox = process.platform === "linux" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const startedAt = Date.now();
  const code = await run(electron, [...sandbox, root, ...args], { env });
  if (code === 0 || Date.now() - startedAt > 5_000) {
    process.exitCode = code ?? 1;
    return;
  }
  report(
    "the desktop window could not be opened, for the reason above; opening the same workbench in the browser instead",
  );
  await openInBrowser(env);
}

/** Serves the workbench until it is stopped, and opens the link it prints where there is a desktop to open it on. */
async function openInBrowser(env) {
  report("starting; Ctrl+C stops it");
  const passedOn = args.filter((argument) => argument !== "--headless");
  const server = spawn(node24, ["out/main/headless.js", ...passedOn], {
    cwd: root,
    env,
    stdio: ["inherit", "pipe", "inherit"],
  });
  // Both get the terminal's Ctrl+C; the server closes its books and we follow.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  let opened = false;
  let output = "";
  server.stdout.setEncoding("utf8").on("data", (chunk) => {
    process.stdout.write(chunk);
    if (opened) return;
    output += chunk;
    const link = /^Taleward is open at (http:\/\/\S+)$/m.exec(output)?.[1];
    if (link === undefined) return;
    opened = true;
    openLink(link);
  });
  process.exitCode = await new Promise((done) => server.once("close", (code) => done(code ?? 0)));
}

function openLink(link) {
  const opener = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform] ?? ["xdg-open"];
  if (!hasDisplay() || process.env.CI || !findCommand(opener[0])) {
    report("open the link above in a browser on this machine");
    return;
  }
  report("opening it in your browser");
  const child = spawn(opener[0], [...opener.slice(1), link], { stdio: "ignore", detached: true });
  child.once("error", () => report("the browser did not open; the link above does the same"));
  child.unref();
}

function hasDisplay() {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
