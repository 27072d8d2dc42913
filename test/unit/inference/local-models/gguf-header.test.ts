import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkGguf, countParameters, GgufError } from "../../../../src/main/inference/local-models/gguf-header.ts";
import {
  ggufArray,
  ggufFile,
  ggufString,
  ggufTensor,
  ggufUint32,
  ggufValue,
  text,
  uint32,
  uint64,
} from "../../../kit/servers/gguf.ts";
import { hasStarterFile, starterFile } from "../../../kit/servers/starter-file.ts";

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "taleward-gguf-"))));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function check(content: Buffer): Promise<unknown> {
  const path = join(directory, "model.gguf");
  await writeFile(path, content);
  return checkGguf(path);
}

const huge = 2n ** 60n;
const words = Buffer.concat([text("the"), text("sea")]);

test.each<[string, Buffer]>([
  ["a small one", ggufFile()],
  ["format 2", ggufFile({ version: 2 })],
  [
    "arrays of numbers, of texts and of arrays",
    ggufFile({
      values: [
        ggufArray("tokenizer.ggml.scores", 6, 2, Buffer.alloc(8)),
        ggufArray("tokenizer.ggml.tokens", 8, 2, words),
        ggufArray("nested", 9, 1, Buffer.concat([uint32(0), uint64(3), Buffer.alloc(3)])),
      ],
    }),
  ],
  ["an alignment of its own", ggufFile({ values: [ggufUint32("general.alignment", 64)], weightsBytes: 256 })],
  [
    "the first of several files, with no weights of its own",
    ggufFile({ values: [ggufValue("split.count", 2, Buffer.from([3, 0]))], tensors: [], weightsBytes: 0 }),
  ],
  ["a header longer than what is read at once", ggufFile({ values: [ggufString("license", "x".repeat(300_000))] })],
])("%s passes", async (_what, content) => {
  await expect(check(content)).resolves.toBeUndefined();
});

test.each<[string, Buffer, RegExp]>([
  ["nothing", Buffer.alloc(0), /too short/],
  ["another kind of file", Buffer.from("PK\u0003\u0004".padEnd(200, "x")), /does not begin with GGUF/],
  ["format 1", ggufFile({ version: 1 }), /format 1/],
  ["a format of the future", ggufFile({ version: 99 }), /format 99/],
  ["the other byte order", ggufFile({ version: 0x03000000 }), /format/],
  ["no weights", ggufFile({ tensors: [] }), /no weights/],
  ["more values than bytes", ggufFile({ valueCount: huge }), /damaged/],
  ["more tensors than bytes", ggufFile({ tensorCount: 2 ** 40 }), /promises more/],
  ["a text longer than the file", ggufFile({ values: [ggufValue("a", 8, uint64(2 ** 40))] }), /promises more/],
  ["a key longer than the file", ggufFile({ values: [uint64(huge)] }), /damaged/],
  [
    "an array longer than the file",
    ggufFile({ values: [ggufArray("a", 4, 2 ** 45, Buffer.alloc(0))] }),
    /promises more/,
  ],
  ["an array of more texts than bytes", ggufFile({ values: [ggufArray("a", 8, 2 ** 33, words)] }), /promises more/],
  [
    "a type of value that there is not",
    ggufFile({ values: [ggufValue("a", 99, Buffer.alloc(8))] }),
    /no type of value/,
  ],
  [
    "arrays in arrays in arrays in arrays",
    ggufFile({
      values: [
        ggufArray("a", 9, 1, Buffer.concat(Array.from({ length: 40 }, () => Buffer.concat([uint32(9), uint64(1)])))),
      ],
    }),
    /no type of value/,
  ],
  ["an alignment of 0", ggufFile({ values: [ggufUint32("general.alignment", 0)] }), /alignment of 0/],
  [
    "a tensor of 1,000 dimensions",
    ggufFile({
      tensors: [
        ggufTensor(
          "a",
          Array.from({ length: 1_000 }, () => 1),
          0,
        ),
      ],
    }),
    /1000 dimensions/,
  ],
  ["weights beyond the end", ggufFile({ tensors: [ggufTensor("a", [4], 4_096)] }), /cut short.*4,\d\d\d/],
  ["weights at an impossible place", ggufFile({ tensors: [ggufTensor("a", [4], huge)] }), /damaged/],
])("%s is refused", async (_what, content, why) => {
  const error = await check(content).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(GgufError);
  expect((error as GgufError).message).toMatch(why);
});

test("a whole file cut anywhere is refused", async () => {
  const whole = ggufFile({ values: [ggufArray("tokenizer.ggml.tokens", 8, 2, words)] });
  for (let length = 0; length <= whole.length - 128; length += 1)
    await expect(check(whole.subarray(0, length)), `cut at ${length}`).rejects.toBeInstanceOf(GgufError);
});

test("what is no file is told so, and a device that never ends is not read", async () => {
  await expect(checkGguf(directory)).rejects.toThrow(/not a file/);
  if (process.platform !== "win32") await expect(checkGguf("/dev/zero")).rejects.toThrow(/not a file/);
});

test.skipIf(!hasStarterFile)("the real starter model passes, and none of it when it is cut", async () => {
  await expect(checkGguf(starterFile)).resolves.toBeUndefined();
  expect(await countParameters(starterFile)).toBe(134_515_008);
  const head = Buffer.alloc(4_000_000);
  const file = await open(starterFile, "r");
  await file.read(head, 0, head.length, 0);
  await file.close();
  const cut = join(directory, "cut.gguf");
  await writeFile(cut, head);
  for (const length of [head.length, 1_000_000, 500_000, 65_536, 4_096, 100, 24]) {
    await truncate(cut, length);
    await expect(checkGguf(cut), `cut at ${length}`).rejects.toBeInstanceOf(GgufError);
  }
});
