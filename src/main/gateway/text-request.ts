import { z } from "zod";
import { type GenerationOptions, generationOptions, type Message, message } from "../../shared/contract/inference.ts";
import { issueText } from "../../shared/issue-text.ts";
import { Refusal } from "./http/refusal.ts";

/** A program's request for text, in the terms of our own contract. */
export interface TextRequest {
  /** The name as the request has it: the answer repeats it. */
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  /** See `bodySessionKey`. */
  readonly session: string | null;
}

type OptionName = keyof GenerationOptions;

/** Whether our contract takes this value of an option. */
export function fits<Name extends OptionName>(name: Name, value: unknown): value is GenerationOptions[Name] {
  return generationOptions.shape[name].safeParse(value).success;
}

/** Images are megabytes, and were looked at when they were read. */
const contractShape = z.object({
  messages: z.array(message.omit({ images: true })).max(10_000),
  options: generationOptions,
});

/** The request, which our contract has room for: what is logged can be read again. Throws `Refusal` naming what is too large. */
export function inContract<Request extends TextRequest>(request: Request): Request {
  const issue = contractShape.safeParse(request).error?.issues[0];
  if (!issue) return request;
  const { field: param, message: what, remedy } = issueText(issue, request);
  throw new Refusal(400, "invalid_value", `${what} ${remedy}`, { param });
}

/** No window holds more; a request for more gets that. */
const maxTokensLimit = 4_194_304;

/** Tokens at most; undefined where none is given, or a negative number, which means no limit. */
export function tokenLimit(asked: number | undefined): number | undefined {
  return asked === undefined || asked <= 0 ? undefined : Math.min(asked, maxTokensLimit);
}

/** The seed as the samplers count it, in 32 bits; undefined for -1, which asks for a fresh one. */
export function seedOf(asked: number | undefined): number | undefined {
  return asked === undefined || asked === -1 ? undefined : ((asked % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/** What is sent in other pieces than a model writes has no probabilities of its tokens. */
export function noLogprobs(param: string): Refusal {
  const why = "What a model writes is checked before it is sent on, in other pieces than its tokens.";
  return new Refusal(400, "unsupported_value", `${param} is not supported by Taleward. ${why} Leave ${param} out.`, {
    param,
  });
}

/** Base64 with its padding. */
export function isBase64(text: string): boolean {
  return text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
