import { existsSync } from "node:fs";
import { join } from "node:path";
import { modelCacheDirectory } from "../../../src/main/inference/local-models/starter/fetch.mjs";
import manifest from "../../../resources/starter-model.json" with { type: "json" };

/** The real starter model's file; the test script fetches it. */
export const starterFile =
  process.env["TALEWARD_STARTER_MODEL"] ?? join(modelCacheDirectory(process.env), manifest.file);
export const hasStarterFile = existsSync(starterFile);
/** Said of what is skipped without it, behind its name. */
export const skippedWithoutStarterFile = hasStarterFile
  ? ""
  : ` (skipped: there is no starter model at ${starterFile})`;
