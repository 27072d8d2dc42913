/** An answer as a server writes it, and what its sender meant by it. */
export interface DialectAnswer {
  readonly server: string;
  /** Where the form is described or was reported. */
  readonly source: string;
  readonly api: "openai" | "ollama";
  /** Written before the first chunk and between chunks, as it is. */
  readonly between?: string;
  readonly lineEnd?: "\n" | "\r\n";
  /** Nothing marks the end of the stream but the end of the body. */
  readonly withoutDone?: true;
  readonly chunks: readonly object[];
  readonly meant: {
    readonly text: string;
    readonly thought?: string;
    readonly calls?: readonly { readonly id?: string; readonly name: string; readonly arguments: object }[];
    readonly finishReason: "stop" | "length" | "tool_calls";
    readonly promptTokens?: number | null;
    readonly completionTokens?: number | null;
  };
}
