import { describe, expect, test } from "vitest";
import {
  embeddingsAnswer,
  promptTokensOf,
  vectorsFrom,
} from "../../../../src/main/inference/providers/openai/embeddings.ts";

const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString("base64");
const read = (answer: unknown, texts: number) => vectorsFrom(embeddingsAnswer.parse(answer), texts);

describe("embeddings", () => {
  test.each([
    [
      "by their indices, in whatever order they come",
      {
        data: [
          { index: 1, embedding: [2] },
          { index: 0, embedding: [1] },
        ],
      },
      [[1], [2]],
    ],
    [
      "without indices, in the order in which they come",
      { data: [{ embedding: [1] }, { embedding: [2] }] },
      [[1], [2]],
    ],
    [
      "with indices of null",
      {
        data: [
          { index: null, embedding: [1] },
          { index: null, embedding: [2] },
        ],
      },
      [[1], [2]],
    ],
    [
      "with indices as texts",
      {
        data: [
          { index: "1", embedding: [2] },
          { index: "0", embedding: [1] },
        ],
      },
      [[1], [2]],
    ],
    ["as base64 of floats", { data: [{ index: 0, embedding: base64 }] }, [[0.5, -2]]],
    [
      "as base64 with line ends and no padding",
      { data: [{ embedding: `${base64.slice(0, 5)}\r\n${base64.slice(5).replaceAll("=", "")}` }] },
      [[0.5, -2]],
    ],
    ["as lists in a list", [[1, 2]], [[1, 2]]],
    ["as llama.cpp's own route has them", [{ index: 0, embedding: [[1, 2]] }], [[1, 2]]],
    ["without usage, or with something else in its place", { data: [{ embedding: [1] }], usage: "none" }, [[1]]],
  ])("%s are read", (_name, answer, vectors) => {
    expect(read(answer, vectors.length)).toEqual(vectors);
  });

  test.each([
    ["of too few texts", { data: [{ embedding: [1] }] }],
    [
      "with one index twice",
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [2] },
        ],
      },
    ],
    [
      "with an index beyond the texts",
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 7, embedding: [2] },
        ],
      },
    ],
    ["of two lengths", { data: [{ embedding: [1] }, { embedding: [1, 2] }] }],
    ["without a number", { data: [{ embedding: [] }, { embedding: [] }] }],
    ["with something else than numbers", { data: [{ embedding: [1, null] }, { embedding: [1, "2"] }] }],
    ["with numbers beyond all", { data: [{ embedding: [1] }, { embedding: [Infinity] }] }],
    ["as base64 of half a float", { data: [{ embedding: "AAA=" }, { embedding: "AAA=" }] }],
    ["nowhere", {}],
  ])("%s are none", (_name, answer) => {
    expect(read(answer, 2)).toBeNull();
  });

  test.each([
    [{ usage: { prompt_tokens: 7 } }, 7],
    [{ usage: { total_tokens: 7 } }, 7],
    [{ usage: null }, null],
    [{ usage: { prompt_tokens: "7" } }, null],
    [[], null],
  ])("%j counted %j tokens", (answer, counted) => {
    expect(promptTokensOf(embeddingsAnswer.parse(answer))).toBe(counted);
  });
});
