import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

// What a newcomer meets first: files that can be read at once, folders that can be looked through, and the field's words.

const project = resolve(import.meta.dirname, "../..");
const tracked = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: project, encoding: "utf8" })
  .stdout.split("\n")
  .filter((file) => /^(src|test|scripts)\//.test(file));
const code = tracked.filter((file) => /\.(ts|tsx|mts|mjs|css)$/.test(file) && isThere(file));
const lineCounts = code.map((file) => ({ file, lines: read(file).split("\n").length - 1 }));

test("no file is longer than 400 lines", () => {
  expect(lineCounts.filter(({ lines }) => lines > 400)).toEqual([]);
});

test("half of the files have at most 70 lines, and 95 of 100 at most 250", () => {
  const sorted = lineCounts
    .filter(({ file }) => file.startsWith("src/"))
    .map(({ lines }) => lines)
    .toSorted((a, b) => a - b);
  expect(sorted.at(Math.floor(sorted.length / 2))).toBeLessThanOrEqual(70);
  expect(sorted.at(Math.floor(sorted.length * 0.95))).toBeLessThanOrEqual(250);
});

test("no folder has more than 20 files without being divided", () => {
  const files = new Map<string, number>();
  const divided = new Set<string>();
  for (const file of code) {
    const folder = dirname(file);
    files.set(folder, (files.get(folder) ?? 0) + 1);
    for (let inside = folder; inside !== "."; inside = dirname(inside)) divided.add(dirname(inside));
  }
  expect([...files].filter(([folder, count]) => count > 20 && !divided.has(folder))).toEqual([]);
});

/** The private words that the field has others for; CONTRIBUTING.md has the glossary. Names are compared part by part. */
const privateWords =
  /^(told|tell|tells|telling|cooldowns?|obeys?|asker|weighs?|wealth|foretold|faults|concessions|wording|deepest|shortest|longest|doors?|visits?|sittings?|rooms?|says?|said)$/;
const privateNames =
  /Needs$|^(Held|Cleared|Asked|Beginning|Reading|Addressing|Running|stepAfter|askAgain|isOpen)$|^#?(held|cleared)$|^most[A-Z]|^of[A-Z]|^(?:location)?places$/;
/**
 * "held" is a value that is stored and sent: an outcome. "place" is what the tests' tools take. The others are names of the
 * schema before, which are read still.
 */
const allowedNames = new Set<string>(["held", "place", "mostCallsARun", "deadlineTold", "stuckTold"]);

test.each(["src/main", "src/shared", "src/renderer", "src/preload", "test", "scripts"])(
  "%s names things by the field's words",
  (folder) => {
    const found = code
      .filter((file) => file.startsWith(`${folder}/`) && !file.endsWith(".css"))
      .flatMap((file) => namesIn(read(file)).map((name) => `${file}: ${name}`))
      .filter((entry) => isPrivate(entry.slice(entry.indexOf(": ") + 2)));
    expect([...new Set(found)]).toEqual([]);
  },
);

test("no file is named by a private word", () => {
  const parts = code.map((file) => ({ file, words: file.split("/").flatMap((part) => part.split(/[.-]/)) }));
  // `test/faults` is what its folder is about, and `json-fault.ts` finds one.
  const isPrivateWord = (word: string) => word === "words" || (word !== "faults" && privateWords.test(word));
  expect(parts.filter(({ words }) => words.some(isPrivateWord))).toEqual([]);
});

function isPrivate(name: string): boolean {
  if (allowedNames.has(name)) return false;
  const parts = name
    .replace(/^#/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[ _]/);
  return privateNames.test(name) || parts.some((part) => privateWords.test(part));
}

/** The names that code declares: without comments, strings, templates and what stands between JSX tags. */
function namesIn(source: string): string[] {
  const bare = source
    .replace(/\/\*[\s\S]*?\*\//g, " ")
    .replace(/(^|\s)\/\/.*$/gm, " ")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replace(/`(?:[^`\\]|\\.)*`/g, "``");
  const declared =
    /(?:\b(?:const|let|var|function|class|interface|type|get|set|async|readonly)\s+|[{,([]\s*(?:readonly\s+)?|^\s*)(#?[A-Za-z_$][\w$]*)(?=\s*[=:(,)}?;<]|\s*\()/gm;
  return [...bare.matchAll(declared)].flatMap(([, name]) => (name === undefined ? [] : name));
}

function isThere(file: string): boolean {
  return existsSync(join(project, file));
}

function read(file: string): string {
  return readFileSync(join(project, file), "utf8");
}
