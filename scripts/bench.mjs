#!/usr/bin/env node
// npm run bench [-- NAME... [--json] [OPTION...]]: runs test/bench/NAME.ts, or all of them, each printing a table or JSON lines.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  ensureBuilt,
  ensureChromium,
  ensureDependencies,
  ensureStarterModel,
  node24,
  root,
  run,
  runMain,
  SetupError,
  toolEnvironment,
} from "./setup.mjs";

const folder = join(root, "test", "bench");
const args = process.argv.slice(2);
const optionsAt = args.findIndex((argument) => argument.startsWith("-"));
const names = optionsAt < 0 ? args : args.slice(0, optionsAt);
const options = args.slice(names.length);

await runMain(async () => {
  const known = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown) throw new SetupError(`There is no benchmark "${unknown}".`, `There are ${known.join(", ")}.`);
  await ensureDependencies();
  await ensureBuilt();
  const env = toolEnvironment({ TALEWARD_CHROMIUM: await ensureChromium() });
  const starterModel = await ensureStarterModel();
  if (starterModel) env.TALEWARD_STARTER_MODEL = starterModel;
  for (const name of names.length > 0 ? names : known) {
    const code = await run(node24, [join(folder, `${name}.ts`), ...options], { env });
    if (code !== 0) process.exitCode = code ?? 1;
  }
});
