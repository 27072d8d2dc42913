import type { GenerationOptions } from "../../../shared/contract/inference.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import { type Fields, plainJson } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { fits, seedOf, tokenLimit } from "../text-request.ts";

/** Samplers by their name in OpenAI's API, or in the servers that extend it, and in our contract. */
const samplers = [
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["presence_penalty", "presencePenalty"],
  ["frequency_penalty", "frequencyPenalty"],
  ["top_k", "topK"],
  ["min_p", "minP"],
  ["typical_p", "typicalP"],
  ["repeat_penalty", "repeatPenalty"],
  ["repetition_penalty", "repeatPenalty"],
] as const;

/** What our contract has no name for; servers that know it do as it says. */
const handedOn = ["logit_bias", "parallel_tool_calls", "verbosity"] as const;

/** 0 asks for the likeliest token alone, which is what the smallest share leaves. */
const leastTopP = 1e-6;

/**
 * The sampling options of a body in OpenAI's API. A value that our contract has no room for goes to the server as it is, which
 * refuses it or not. Throws `Refusal` naming a field of a wrong type.
 */
export function samplingFrom(fields: Fields): GenerationOptions {
  const options: Record<string, unknown> = {};
  const forServer: Record<string, unknown> = {};
  for (const [name, ours] of samplers) {
    const value = fields.number(name);
    if (value === undefined) continue;
    if (name === "top_p" && value === 0) options[ours] = leastTopP;
    else if (fits(ours, value)) options[ours] = value;
    else forServer[name] = value;
  }
  for (const name of handedOn) {
    const value = fields.any(name);
    if (value !== undefined) forServer[name] = value;
  }
  const stop = stopOf(fields);
  if (fits("stop", stop)) options["stop"] = stop;
  else forServer["stop"] = stop;
  options["seed"] = seedOf(fields.integer("seed"));
  options["maxTokens"] = limitOf(fields, "max_tokens");
  if (Object.keys(forServer).length > 0) options["serverOptions"] = plainJson(forServer, fields.path);
  return withoutUndefined(options as GenerationOptions); // each value was seen to fit its name
}

/** A limit of tokens. Throws `Refusal` where it allows none. */
export function limitOf(fields: Fields, name: string): number | undefined {
  const value = fields.integer(name);
  if (value === 0) throw new Refusal(400, "invalid_value", `${name} is 0. It has to be 1 or more.`, { param: name });
  return tokenLimit(value);
}

function stopOf(fields: Fields): string[] | undefined {
  const given = fields.any("stop");
  const stops = (typeof given === "string" ? [given] : (fields.strings("stop") ?? [])).filter((stop) => stop !== "");
  return stops.length === 0 ? undefined : stops;
}
