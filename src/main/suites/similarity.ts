import { type AssertionOf, judged, type Judgement } from "./answer.ts";

/** Judges by the embeddings of the answer and the reference. Vectors that cannot be compared are an error, never a pass. */
export function judgeSimilarity(
  { atLeast }: AssertionOf<"similarity">,
  answer: readonly number[] | undefined,
  reference: readonly number[] | undefined,
): Judgement {
  const cannot = (message: string): Judgement => ({
    outcome: "error",
    error: {
      errorClass: "invalid_output",
      message: `Similarity could not be measured: ${message}.`,
      remedy: "Choose a version of a model that is made for embeddings.",
    },
  });
  if (!answer?.length || !reference?.length) return cannot("the embedding is empty");
  if (answer.length !== reference.length)
    return cannot(`the embeddings have ${answer.length} and ${reference.length} dimensions`);
  const similarity = cosine(answer, reference);
  if (!Number.isFinite(similarity)) return cannot("an embedding has no direction, or holds what is no number");
  // Equal directions come out a rounding error below 1.
  return judged(
    similarity >= atLeast - 1e-9,
    `Similarity ${apart(similarity, atLeast)}, at least ${atLeast} was wanted.`,
  );
}

/** Cosine of the angle between two vectors of one length, -1 to 1; NaN where one of them has no length. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? Number.NaN;
    dot += value * other;
    squaresA += value * value;
    squaresB += other * other;
  }
  return dot / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
}

/** Two digits, or as many as distinguish it from the limit. */
function apart(value: number, limit: number): string {
  for (let digits = 2; digits < 6; digits += 1) {
    const text = value.toFixed(digits);
    if (Number(text) >= limit === value >= limit) return text;
  }
  return value.toFixed(6);
}
