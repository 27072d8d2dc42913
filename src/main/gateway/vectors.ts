/** The first so many dimensions; all of them where no number, or a larger one, is given. */
export function cut(vector: readonly number[], dimensions: number | undefined): readonly number[] {
  return dimensions === undefined || dimensions <= 0 ? vector : vector.slice(0, dimensions);
}

/** The vector at length 1, as both APIs give it; one that has it already is left as it is. */
export function unitLength(vector: readonly number[]): readonly number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length === 0 || Math.abs(length - 1) < 1e-3) return vector;
  return vector.map((value) => value / length);
}

/** Little-endian 32-bit floats in base64, which OpenAI's own client asks for unasked. */
export function float32Base64(vector: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, index) => bytes.setFloat32(index * 4, value, true));
  return Buffer.from(bytes.buffer).toString("base64");
}
