/** One request to the thread of the schemas: `text` against `schema`, JSON's own text; null for any JSON, or for the schema alone. */
export interface SchemaRequest {
  readonly schema: string | null;
  readonly text: string | null;
}

/** `begun` comes before the answer, when the reading of the schema starts, and when that of the text does. */
export type SchemaReply =
  | { readonly type: "begun"; readonly part: "schema" | "text" }
  | { readonly type: "fits" }
  | { readonly type: "misfit"; readonly problem: string }
  /** `dialect` is what its `$schema` says, where nobody knows that. */
  | { readonly type: "no_schema"; readonly reason: string; readonly dialect: string | null };
