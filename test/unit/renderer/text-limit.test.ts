import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tooLong } from "../../../src/renderer/src/ui/fields/text-limit.ts";

const renderer = fileURLToPath(new URL("../../../src/renderer/src", import.meta.url));

test("no field of the renderer cuts in silence what is typed or pasted", () => {
  const cutting = readdirSync(renderer, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((path) => {
      const text = readFileSync(join(renderer, path), "utf8");
      return text
        .split("\n")
        .filter((line) => /maxLength|maxTags|on(Change|Input|Paste)=.*\.(slice|substring)\(/.test(line))
        .map((line) => `${path}: ${line.trim()}`);
    });
  expect(cutting).toEqual([]);
});

test("what is too long is refused in words, with the count and what to take out", () => {
  expect(tooLong("x".repeat(2_000), 2_000)).toBeNull();
  expect(tooLong("x".repeat(25_000), 2_000)).toBe(
    "This has 25,000 characters, and up to 2,000 can be taken. Nothing was cut: take out 23,000 characters.",
  );
  expect(tooLong("🦊", 1)).toContain("This has 2 characters");
});
