import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/main/base/failure.ts";
import { planModel } from "../../../../src/main/inference/providers/ollama/modelfile-recipe.ts";

describe("a Modelfile is read as the ollama command reads it", () => {
  test("with every instruction, in any case, with comments and blank lines between", () => {
    const text = `# A narrator
FROM smollm2:135m

PARAMETER temperature 0.7
parameter num_ctx 2048
  PARAMETER stop "<|im_end|>"
PARAMETER stop END
PARAMETER use_mmap true
PARAMETER mirostat 2
TEMPLATE """{{ .System }}
# no comment here
{{ .Prompt }}"""
SYSTEM You are a narrator.
LICENSE Apache-2.0
LICENSE """Second
licence"""
MESSAGE user Hello there
MESSAGE assistant "Well met."
RENDERER harmony
PARSER harmony
REQUIRES v0.14.0
`;
    expect(planModel(text)).toEqual({
      recipe: {
        from: "smollm2:135m",
        parameters: { temperature: 0.7, num_ctx: 2_048, stop: ["<|im_end|>", "END"], use_mmap: true },
        template: "{{ .System }}\n# no comment here\n{{ .Prompt }}",
        system: "You are a narrator.",
        license: ["Apache-2.0", "Second\nlicence"],
        messages: [
          { role: "user", content: "Hello there" },
          { role: "assistant", content: "Well met." },
        ],
        renderer: "harmony",
        parser: "harmony",
        requires: "0.14.0",
      },
      files: [],
      adapters: [],
    });
  });

  test.each([
    ["FROM a\nSYSTEM one\nSYSTEM two", { system: "two" }],
    ["FROM a\r\nSYSTEM one\r\n\r\nTEMPLATE x", { system: "one", template: "x" }],
    ['FROM a\nSYSTEM "two\nlines"', { system: "two\nlines" }],
    ['FROM a\nSYSTEM """\n\nBegins empty"""', { system: "\n\nBegins empty" }],
    ['FROM a\nSYSTEM """says "so" twice"""', { system: 'says "so" twice' }],
    ['FROM a\nSYSTEM "says "so" twice"', { system: 'says "so" twice' }],
    ['FROM a\nSYSTEM ""', { system: "" }],
    ["FROM a\nSYSTEM   spaced   ", { system: "spaced" }],
    ["\uFEFFFROM a\nSYSTEM Łódź 🚀", { system: "Łódź 🚀" }],
    ["FROM a\nSYSTEM one\tand two", { system: "one\tand two" }],
    ["FROM a\nSYSTEM it's # not a comment", { system: "it's # not a comment" }],
  ])("%j", (text, recipe) => {
    expect(planModel(text).recipe).toEqual({ from: "a", ...recipe });
  });

  test("files by their whole path are files, weights and projector together; anything else is a model's name", () => {
    expect(planModel("FROM /models/a.gguf\nFROM ~/b.gguf\nADAPTER /models/lora.gguf")).toEqual({
      recipe: {},
      files: ["/models/a.gguf", join(homedir(), "b.gguf")],
      adapters: ["/models/lora.gguf"],
    });
    expect(planModel("FROM example/library/model:1b").recipe).toEqual({ from: "example/library/model:1b" });
  });
});

describe("a Modelfile that cannot be read is refused by its line", () => {
  test.each([
    ["SYSTEM x", "The Modelfile has no FROM.", "SYSTEM x"],
    ["", "The Modelfile has no FROM.", ""],
    ["FORM x", "Line 1 of the Modelfile begins with FORM, which is no instruction.", "FORM"],
    ["FROM a\n\n# c\nPARAMETER warmth 1", "Line 4 of the Modelfile sets warmth, which Ollama does not know.", "warmth"],
    [
      "FROM a\nPARAMETER constructor 1",
      "Line 2 of the Modelfile sets constructor, which Ollama does not know.",
      "constructor",
    ],
    ["FROM a\nPARAMETER top_k 0.5", "Line 2 of the Modelfile sets top_k to 0.5.", "0.5"],
    ["FROM a\nPARAMETER temperature hot", "Line 2 of the Modelfile sets temperature to hot.", "hot"],
    ["FROM a\nPARAMETER use_mmap maybe", "Line 2 of the Modelfile sets use_mmap to maybe.", "maybe"],
    ["FROM a\nPARAMETER temperature", "Line 2 of the Modelfile has PARAMETER without a value.", "PARAMETER"],
    ["FROM\n", "Line 1 of the Modelfile has FROM without a value.", "FROM"],
    ["FROM a\nMESSAGE narrator hi", "Line 2 of the Modelfile has a MESSAGE of narrator.", "narrator"],
    [
      'FROM a\nSYSTEM """open\nand on',
      "The quotes that line 2 of the Modelfile opens are never closed.",
      '"""open\nand on',
    ],
    ["FROM ./a.gguf", "Line 1 of the Modelfile names the file ./a.gguf without its folder.", "./a.gguf"],
    ["FROM a.gguf", "Line 1 of the Modelfile names the file a.gguf without its folder.", "a.gguf"],
    ["FROM a\nADAPTER lora", "Line 2 of the Modelfile names the file lora without its folder.", "lora"],
  ])("%j", (text, message, value) => {
    expect(() => planModel(text)).toThrow(Failure);
    expect(() => planModel(text)).toThrow(
      expect.objectContaining({
        code: "BAD_REQUEST",
        message,
        data: { field: "modelfile", value, remedy: expect.stringMatching(/\.$/) },
      }),
    );
  });
});
