import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ModelFiles } from "../../../../src/main/inference/local-models/model-files.ts";
import { ggufFile } from "../../../kit/servers/gguf.ts";

let home: string;
let files: ModelFiles;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "taleward-files-"));
  files = new ModelFiles(join(home, "models"));
  await mkdir(files.directory);
  await writeFile(join(files.directory, "small.gguf"), ggufFile());
  await writeFile(join(home, "elsewhere.gguf"), ggufFile({ weightsBytes: 256 }));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("a file is named by its name in the folder, by its whole path anywhere, or as the starter model", async () => {
  const elsewhere = join(home, "elsewhere.gguf");
  expect(files.resolve({ file: "small.gguf" })).toBe(join(files.directory, "small.gguf"));
  expect(files.resolve({ file: elsewhere })).toBe(elsewhere);
  expect(files.resolve({ file: join(home, "models", "..", "elsewhere.gguf") })).toBe(elsewhere);
  await writeFile(files.starterPath, ggufFile());
  expect([files.resolve({ file: "starter" }), files.resolve({})]).toEqual([files.starterPath, files.starterPath]);
});

test.each(["../elsewhere.gguf", "sub/small.gguf", "..", ".", "models\\small.gguf", "C:\\models\\small.gguf"])(
  "%s could mean another file elsewhere and is refused by name",
  async (file) => {
    expect(() => files.resolve({ file })).toThrow(
      expect.objectContaining({ errorClass: "rejected", message: expect.stringContaining(file) }),
    );
    await expect(files.find(file, "configuration.file", "NOT_FOUND")).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "configuration.file", value: file, remedy: expect.stringContaining(files.directory) },
    });
  },
);

test("a file that is not there is told by its path, with what to do", async () => {
  const path = join(files.directory, "none.gguf");
  expect(() => files.resolve({ file: "none.gguf" })).toThrow(
    expect.objectContaining({ errorClass: "model_not_found", message: `There is no model file ${path}.` }),
  );
  expect(() => files.resolve({ file: "starter" })).toThrow(
    expect.objectContaining({ errorClass: "model_not_found", remedy: expect.stringContaining("Install") }),
  );
  const missing = { message: `There is no file ${path}.`, data: { field: "path", value: "none.gguf" } };
  await expect(files.find("none.gguf", "path", "NOT_FOUND")).rejects.toMatchObject({ code: "NOT_FOUND", ...missing });
  await expect(files.find("none.gguf", "path", "BAD_REQUEST")).rejects.toMatchObject({
    code: "BAD_REQUEST",
    ...missing,
  });
  await expect(files.find(`/${"x".repeat(3_000)}`, "path", "NOT_FOUND")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a folder, and a file that is no whole model, are refused with what is wrong", async () => {
  await writeFile(join(files.directory, "notes.gguf"), "Dear diary, today the sea was calm and grey.");
  await writeFile(join(files.directory, "cut.gguf"), ggufFile().subarray(0, 100));
  for (const [file, message] of [
    [files.directory, /is not a file/],
    ["notes.gguf", /notes\.gguf is not a GGUF model/],
    ["cut.gguf", /cut\.gguf is cut short/],
    ["a\0b.gguf", /named without a folder/],
  ] as const)
    await expect(files.find(file, "path", "NOT_FOUND")).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringMatching(message),
      data: { field: "path", value: file, remedy: expect.stringMatching(/\S/) },
    });
});

test("the folder's models are listed by name, and nothing else that lies in it", async () => {
  await writeFile(join(files.directory, "Big.GGUF"), ggufFile({ weightsBytes: 512 }));
  await writeFile(join(files.directory, ".upload-1.gguf"), "");
  await writeFile(join(files.directory, "starter.part"), "");
  await mkdir(join(files.directory, "folder.gguf"));
  expect(await files.list()).toEqual([
    { name: "Big.GGUF", sizeBytes: ggufFile({ weightsBytes: 512 }).length },
    { name: "small.gguf", sizeBytes: ggufFile().length },
  ]);
  expect(await new ModelFiles(join(home, "none")).list()).toEqual([]);
});
