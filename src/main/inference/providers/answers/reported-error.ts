/** What an answer says of itself when it goes wrong. */
export interface ReportedError {
  readonly message: string;
  /** An HTTP status, where the error carries one. */
  readonly status: number | null;
  /** The server's own word for the kind of error, of `code` or `type`. */
  readonly code: string;
  readonly parameter: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The error that a body or a chunk reports, null where it reports none. Servers write `{"error":{"message"}}`,
 * `{"error":"words"}` (LM Studio, TGI), `{"object":"error","message"}` (vLLM before 0.10, Mistral), `{"detail"}` (FastAPI,
 * KoboldCpp), `{"type":"error","error"}` (Anthropic's form), `{"message"}` (Mistral's door), or a list of one of these
 * (Gemini). An `error` that holds nothing, such as null, an empty text or an empty object, is none.
 */
export function reportedError(value: unknown): ReportedError | null {
  if (Array.isArray(value)) return value.length === 0 ? null : reportedError(value[0]);
  if (!isFields(value)) return null;
  const { error, errors, detail, message } = value;
  if (!isEmpty(error)) return errorFrom(error, value);
  if (Array.isArray(errors) && !isEmpty(errors)) return errorFrom(errors[0], value);
  if (value["object"] === "error" || value["type"] === "error") return errorFrom(value, value);
  // An answer may call other things by these names.
  if (value["choices"] !== undefined) return null;
  if (!isEmpty(detail)) return errorFromDetail(detail);
  return typeof message === "string" && message !== "" ? errorFrom(value, value) : null;
}

/** As `reportedError`, of what the server itself calls an error, however little it says. */
export function certainError(value: unknown): ReportedError {
  const error = reportedError(value);
  if (error !== null) return error;
  return isEmpty(value)
    ? { message: "It reports an error without a word about it", status: null, code: "", parameter: null }
    : errorFrom(value, {});
}

function errorFrom(error: unknown, around: Fields): ReportedError {
  if (!isFields(error)) return { message: wordsOf(error), ...kindOf(around), parameter: null };
  const nested = isFields(error["error"]) ? reportedError(error) : null;
  if (nested !== null) return nested;
  const { message, msg, detail, param } = error;
  const words = [message, msg, detail, error["error"]].find((candidate) => !isEmpty(candidate));
  // In FastAPI's manner, also under `message` (Mistral).
  const inner = isFields(words) && Array.isArray(words["detail"]) ? words["detail"] : words;
  if (Array.isArray(inner)) return errorFromDetail(inner);
  return {
    message: wordsOf(words ?? error),
    ...kindOf({ ...around, ...error }),
    parameter: typeof param === "string" ? param : null,
  };
}

function errorFromDetail(detail: unknown): ReportedError {
  if (!Array.isArray(detail)) return errorFrom(detail, {});
  const first: unknown = detail[0];
  if (!isFields(first)) return { message: wordsOf(first), status: null, code: "", parameter: null };
  const message = detail.map((each: unknown) => detailWords(each)).join("; ");
  const parameter = pathOf(first)[1] ?? "";
  return { message, status: null, code: typeof first["type"] === "string" ? first["type"] : "", parameter };
}

function detailWords(detail: unknown): string {
  if (!isFields(detail)) return wordsOf(detail);
  const path = pathOf(detail).filter((part) => part !== "body");
  return `${wordsOf(detail["msg"] ?? detail)}${path.length === 0 ? "" : `: ${path.join(".")}`}`;
}

function pathOf({ loc }: Fields): string[] {
  return Array.isArray(loc) ? loc.map(String) : [];
}

function kindOf(error: Fields): Pick<ReportedError, "status" | "code"> {
  const statuses = [error["code"], error["status"], error["status_code"], error["statusCode"], error["http_code"]];
  const status = statuses.map(Number).find((each) => Number.isInteger(each) && each >= 400 && each < 600);
  const words = [error["code"], error["type"]].filter((word) => typeof word === "string");
  return { status: status ?? null, code: words.join(" ") };
}

function wordsOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Null, false, an empty text, list or object, or an object with nothing but those. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null)
    return value === undefined || value === null || value === false || value === "" || value === 0;
  return Object.values(value).every((part) => part === null || (typeof part !== "object" && isEmpty(part)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
