/** Words as a writer counts them: runs of letters and digits, apostrophes and hyphens inside included. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}
