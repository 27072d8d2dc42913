import { ExpectedError } from "./expected-error.ts";
import { Failure } from "./failure.ts";

/** What may be written down of an error: never its message, which may quote what a person typed or a model said. */
export interface ErrorFacts {
  /** The name of its class. */
  readonly type: string;
  /** Node's, SQLite's or the contract's code of it, or the class of a failed call; null where it has none. */
  readonly code: string | null;
  /** Its frames, innermost first, with paths inside Taleward only. */
  readonly stack: readonly string[];
  readonly cause: ErrorFacts | null;
}

const maxFrames = 12;
const maxCauses = 3;
/** Every frame ends with its place: a line of a message that begins like one does not pass for it. */
const frame = /^\s+at .{0,400}(?::\d+:\d+\)?|<anonymous>\)?|native\)?)$/;

/** Facts of whatever was thrown. Throws nothing, whatever it is given. */
export function errorFacts(thrown: unknown, depth = 0): ErrorFacts {
  try {
    return factsOf(thrown, depth);
  } catch {
    return { type: "unreadable", code: null, stack: [], cause: null }; // a getter or a proxy that throws
  }
}

function factsOf(thrown: unknown, depth: number): ErrorFacts {
  if (!(thrown instanceof Error)) return { type: typeof thrown, code: null, stack: [], cause: null };
  const cause = thrown.cause === undefined || depth === maxCauses ? null : errorFacts(thrown.cause, depth + 1);
  return {
    type: word(Reflect.get(thrown.constructor ?? {}, "name")) ?? "Error",
    code: codeOf(thrown),
    stack: framesOf(thrown),
    cause,
  };
}

function codeOf(error: Error): string | null {
  if (error instanceof ExpectedError) return error.errorClass;
  if (error instanceof Failure) return error.code;
  const code: unknown = Reflect.get(error, "code");
  return word(code);
}

/** A name as programs give them; no sentence fits. */
function word(value: unknown): string | null {
  return typeof value === "string" && /^[A-Za-z][\w$]{0,63}$/.test(value) ? value : null;
}

/** The lines after the message, from the end upwards: a message of several lines may look like frames itself. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== "string") return [];
  const quoted = stack.indexOf(message);
  // A stack without the message was made before it was changed: what stands in front of the frames is then unknown.
  if (quoted === -1) return [];
  const lines = stack.slice(quoted + message.length).split("\n");
  const frames = lines.filter((line) => frame.test(line)).map((line) => withoutFolders(line.trim()));
  return frames.slice(0, maxFrames);
}

/** A path names its owner's folders; only what lies in Taleward's own says anything to whoever reads the log. */
function withoutFolders(line: string): string {
  const start = /(?:file:\/\/)?(?:[A-Za-z]:)?[/\\]/.exec(line);
  if (!start || line.includes("node:internal")) return line;
  const path = line.slice(start.index);
  const own = [...path.matchAll(/[/\\]((?:src|out|node_modules|test)[/\\])/g)].at(-1);
  const place = /:\d+:\d+\)?$/.exec(path)?.[0] ?? "";
  return line.slice(0, start.index) + (own ? path.slice(own.index + 1) : `…${place}`);
}
