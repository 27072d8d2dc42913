/** Words as a writer counts them: runs of letters and digits, apostrophes and hyphens inside included. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}

/** The reason of an assignment that Taleward made by itself, where a use case had none. */
export const nothingAssigned = "Nothing was assigned";
