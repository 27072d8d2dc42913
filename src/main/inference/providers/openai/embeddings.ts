import { z } from "zod";
import { tokensFrom } from "../answers/measures.ts";

const fields = z.record(z.string(), z.unknown());
const numbers = z.array(z.number()).min(1);
/**
 * OpenAI's list of vectors, each a list of numbers or base64 of 32-bit floats; also the bare lists of TEI and of llama.cpp's own
 * route, where a vector can stand in a list of one.
 */
export const embeddingsAnswer = z.union([fields, z.array(z.unknown())]);

type EmbeddingsAnswer = z.infer<typeof embeddingsAnswer>;

/**
 * One vector a text, in the order of the texts: by their indices where each has its own, else as they came. Null where a vector
 * is missing, is there twice, has no number, or is of another length than the others.
 */
export function vectorsFrom(answer: EmbeddingsAnswer, texts: number): number[][] | null {
  const list = Array.isArray(answer) ? answer : (answer["data"] ?? answer["embeddings"]);
  if (!Array.isArray(list) || list.length !== texts) return null;
  const entries = list.map((entry: unknown) => ({ index: indexOf(entry), vector: vectorOf(entry) }));
  const indices = new Set(entries.map(({ index }) => index));
  const isIndexed = !indices.has(null);
  if (isIndexed && (indices.size !== texts || [...indices].some((index) => Number(index) >= texts))) return null;
  const ordered = isIndexed ? entries.toSorted((left, right) => Number(left.index) - Number(right.index)) : entries;
  const vectors = ordered.flatMap(({ vector }) => (vector === null ? [] : [vector]));
  if (vectors.length !== texts || vectors.some(({ length }) => length !== vectors[0]?.length)) return null;
  return vectors;
}

export function promptTokensOf(answer: EmbeddingsAnswer): number | null {
  const usage = Array.isArray(answer) ? null : fields.safeParse(answer["usage"]).data;
  return tokensFrom(usage?.["prompt_tokens"] ?? usage?.["total_tokens"]);
}

function indexOf(entry: unknown): number | null {
  const index = fields.safeParse(entry).data?.["index"];
  const value = typeof index === "string" && /^\d+$/.test(index) ? Number(index) : index;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}

function vectorOf(entry: unknown): number[] | null {
  const parsed = fields.safeParse(entry);
  const embedding = parsed.success ? parsed.data["embedding"] : entry;
  if (typeof embedding === "string") return floatsFrom(embedding);
  // One list in another: a text of one sequence.
  const list: unknown =
    Array.isArray(embedding) && Array.isArray(embedding[0]) && embedding.length === 1 ? embedding[0] : embedding;
  return numbers.safeParse(list).data ?? null;
}

/** Base64, with line ends or without padding too, of little-endian 32-bit floats. */
function floatsFrom(base64: string): number[] | null {
  const text = base64.replaceAll(/\s/g, "");
  if (text === "" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 4 !== 0) return null;
  const floats = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
  return floats.every(Number.isFinite) ? floats : null;
}
