import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { toManifestYaml } from "../../../../src/main/rollouts/export/manifest-yaml.ts";

describe("YAML", () => {
  test("gives back what it was given, whatever the strings are", () => {
    const value = {
      plain: "text",
      numbers: [1, 2.5, -3],
      yes: "yes",
      no: "no",
      truth: "true",
      number: "12",
      odd: ["a: b", "# no comment", "- x", "", "two\nlines", "'", '"', "{{args.address}}", "50%", "~"],
      empty: { list: [], map: {} },
      nested: [{ a: [{ b: 1, c: "d" }], e: false }, {}, []],
    };
    const text = toManifestYaml([value]);
    expect(parse(text)).toEqual(value);
    expect(parse(text, { version: "1.1" })).toEqual(value);
  });

  test("writes comments where they stand", () => {
    expect(toManifestYaml([{ "#": "above", a: [{ "#": "first", b: 1, c: 2 }] }])).toBe(
      "# above\na:\n  # first\n  - b: 1\n    c: 2\n",
    );
  });
});
