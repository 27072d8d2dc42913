/** The facts of a request that its error messages name. */
export interface RequestFacts {
  readonly url: URL;
  readonly model: string | null;
  /** Of the answer's text so far. */
  arrivedCharacters: number;
}

/** How much of an answer had arrived, as the end of a sentence: `after 18 characters of text`. */
export function afterArrived({ arrivedCharacters }: Pick<RequestFacts, "arrivedCharacters">): string {
  if (arrivedCharacters === 0) return "before any text had come";
  return `after ${arrivedCharacters} ${arrivedCharacters === 1 ? "character" : "characters"} of text`;
}
