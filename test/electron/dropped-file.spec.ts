import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { findElectron, launchElectron } from "./harness.ts";

test.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");

test("the page learns where a file lies that was given to it, and the preload gives it nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "taleward-dropped-"));
  const path = join(folder, "größe 灯台.gguf");
  writeFileSync(path, "GGUF");
  const { page, close } = await launchElectron();
  try {
    const given = await page.evaluate(() => {
      const input = document.createElement("input");
      input.type = "file";
      input.id = "given-file";
      document.body.append(input);
      // The page's own type of it belongs to the renderer.
      const bridge = Reflect.get(window, "taleward") as Record<string, unknown>;
      return { keys: Object.keys(bridge), frozen: Object.isFrozen(bridge), kind: typeof bridge["pathOf"] };
    });
    expect(given).toEqual({ keys: ["pathOf"], frozen: true, kind: "function" });
    await page.setInputFiles("#given-file", path);
    const paths = await page.evaluate(() => {
      const { pathOf } = Reflect.get(window, "taleward") as { pathOf(file: File): string };
      const [file] = (document.querySelector("#given-file") as HTMLInputElement).files ?? [];
      return [file && pathOf(file), pathOf(new File(["GGUF"], "made-here.gguf"))];
    });
    expect(paths).toEqual([path, ""]);
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
});
