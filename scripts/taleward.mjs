#!/usr/bin/env node
// taleward: the backend from a terminal, as `npx taleward ...` or `npm run taleward -- ...`.
import {
  ensureBuilt,
  ensureDependencies,
  ensureStarterModel,
  node24,
  root,
  run,
  runMain,
  toolEnvironment,
} from "./setup.mjs";
import { join } from "node:path";

await runMain(async () => {
  await ensureDependencies();
  await ensureBuilt();
  const starterModel = await ensureStarterModel();
  const env = toolEnvironment(starterModel && { TALEWARD_STARTER_MODEL: starterModel });
  // The terminal's Ctrl+C reaches the command as well, which ends in its own time.
  process.on("SIGINT", () => {});
  const cli = join(root, "out", "main", "cli.js");
  process.exitCode = (await run(node24, [cli, ...process.argv.slice(2)], { env, cwd: process.cwd() })) ?? 1;
});
