/**
 * Where error messages about servers of different APIs differ. The messages themselves are built once, in
 * `stream-error-mapping.ts` and `status-error-mapping.ts`.
 */
export interface ServerDialect {
  /** The API's name: `Ollama`. */
  readonly api: string;
  /** The server at a host, as the subject of a sentence: `Ollama at 127.0.0.1:11434`. */
  readonly serverAt: (host: string) => string;
  /** That no server listens at a host, without the full stop. */
  readonly unreachableAt: (host: string) => string;
  /** That what listens at a host does not speak HTTP, a whole sentence. */
  readonly notHttpAt: (host: string) => string;
  /** What had not come by the deadline of the first token, as the object of `sent`. */
  readonly firstToken: "nothing" | "no text";
  /** What is wrong with a line that cannot be read, as the end of `sent a line that`. */
  readonly garbage: string;
  /** What marks the end of a complete answer. */
  readonly endMarker: string;
  readonly remedies: {
    readonly startServer: string;
    readonly unknownName: string;
    readonly notHttp: string;
    readonly generateAgain: string;
    /** Where the first bytes already are not this API's. */
    readonly checkAddress: string;
    readonly promptTooLarge: string;
    /** Where the API's path is not served. */
    readonly otherApi: string;
  };
}

const quotedCharacters = 300;

/** A duration in milliseconds as a person writes it: `900 ms`, `1.5 s`. */
export function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}

/** The server's own words on one line, ended like a sentence. */
export function sentence(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  const short = line.length > quotedCharacters ? `${line.slice(0, quotedCharacters)}…` : line;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}
