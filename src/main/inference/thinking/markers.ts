/** What models put around their thoughts where their server leaves it in the text. Compared without regard to ASCII case. */

/** What opens a thought, and what closes it. */
export interface ThoughtMarker {
  readonly open: string;
  readonly close: string;
  /** Chat templates open a thought themselves, so that only what closes it arrives. */
  readonly mayStandAlone: boolean;
}

/** `<think>` of DeepSeek, Qwen and most others, and its cousins. */
const tagNames = ["think", "thinking", "thought", "seed:think", "longcat_think", "antml:thinking"];

export const thoughtMarkers: readonly ThoughtMarker[] = [
  ...tagNames.map((name) => ({ open: `<${name}>`, close: `</${name}>`, mayStandAlone: true })),
  { open: "[think]", close: "[/think]", mayStandAlone: true }, // Mistral
  { open: "◁think▷", close: "◁/think▷", mayStandAlone: true }, // Kimi
  { open: "<|begin_of_thought|>", close: "<|end_of_thought|>", mayStandAlone: true }, // OpenThinker
  { open: "<|start_thinking|>", close: "<|end_thinking|>", mayStandAlone: true }, // Cohere
  { open: "<|channel>thought", close: "<channel|>", mayStandAlone: false }, // Gemma
  { open: "<unused94>thought", close: "<unused95>", mayStandAlone: false }, // MedGemma
];

/** What stands around the answer after a thought of the same model. */
export const answerMarkers: readonly string[] = [
  "<|begin_of_solution|>",
  "<|end_of_solution|>",
  "<|start_response|>",
  "<|end_response|>",
];

/** The format of gpt-oss, `<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...` */
export const harmony = {
  channel: "<|channel|>",
  message: "<|message|>",
  start: "<|start|>",
  ends: ["<|end|>", "<|return|>", "<|call|>"],
  /** The channel whose messages are the answer; those of the others are thinking. */
  answer: "final",
} as const;

/** What is left of that format where a server drops its special tokens. */
export const bareHarmony: ThoughtMarker = { open: "analysis", close: "assistantfinal", mayStandAlone: false };

const literals = [
  ...thoughtMarkers.flatMap(({ open, close }) => [open, close]),
  ...answerMarkers,
  harmony.channel,
  harmony.message,
  harmony.start,
  ...harmony.ends,
];

const maxLiteral = Math.max(...literals.map(({ length }) => length), bareHarmony.close.length);

export interface FoundMarker {
  readonly at: number;
  readonly literal: string;
}

/** The first marker at or after an offset of a text in lower case. */
export function nextMarker(text: string, from: number): FoundMarker | null {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? null : { at: found.index, literal: found[0] };
}

const pattern = new RegExp(
  // Longer ones first: one may begin as another does.
  [...literals, bareHarmony.close]
    .toSorted((one, other) => other.length - one.length)
    .map((literal) => literal.replaceAll(/[|[\]/]/g, String.raw`\$&`))
    .join("|"),
  "g",
);

/**
 * Where the end of a text in lower case begins that could become a marker with more text; the text's length where none could.
 * `isBare`: it is a thought that ends as a bare one does.
 */
export function partialMarkerAt(text: string, isBare: boolean): number {
  const candidates = isBare ? [bareHarmony.close] : literals;
  for (let at = Math.max(0, text.length - maxLiteral + 1); at < text.length; at += 1) {
    if (!isBare && !/[<[◁]/.test(text.charAt(at))) continue;
    const end = text.slice(at);
    if (candidates.some((literal) => literal.length > end.length && literal.startsWith(end))) return at;
  }
  return text.length;
}

/** In lower case where that is one of ASCII's letters, so that offsets stay. */
export function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
