/** Talk to whoever asked for a text, in English: what small models say before, after and about it. Narrow, because a story may begin like one. */

const text = "(?:story|scene|passage|narrative|continuation|draft|response|rewrite|version|paragraphs?|chapter)";
const assent = String.raw`(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|got it|great)`;
const here = String.raw`(?:here(?:'s|’s| is| are| goes)|below is|the following is)`;
const will = String.raw`i(?:'ll|’ll| will|'d|’d| would| can)(?: be happy to)?`;

const bareAssent = new RegExp(`^${assent}[!:,.]*$`, "i");
const assented = new RegExp(`^${assent}[,!.:]* (?:${here}|${will}|let me|let's|let’s)\\b.*\\b${text}\\b`, "i");
const offered = new RegExp(
  `^${here} (?:a|an|my|your|another|one|the (?:next|requested|continuation|rest))\\b.*\\b${text}\\b.*:$|^${here} the (?:scene|continuation|passage|draft)\\b.*:$`,
  "i",
);
const announced = new RegExp(
  `^(?:${will}|let me) (?:write|continue|create|craft|generate|help)\\b.*\\b${text}\\b`,
  "i",
);
/** Who says "Here is a story my mother told me:" has begun. */
const isHearsay = /\b(?:told|tells?|heard|me|us)\b/i;

/** `maybe`: it is one where another follows. */
export function preambleIn(sentence: string, endsLine: boolean): boolean | "maybe" {
  if (bareAssent.test(sentence)) return "maybe";
  if (/:\s+\S/.test(sentence)) return false; // the story begins in it
  if (assented.test(sentence)) return true;
  if (!endsLine || isHearsay.test(sentence)) return false;
  return offered.test(sentence) || announced.test(sentence);
}

const asides = new RegExp(
  [
    String.raw`\(?(?:please )?note(?:: | that )(?:this|the above|i)\b.*\b(?:${text}|fiction(?:al)?|language model)\b`,
    String.raw`\(?word count\s*[:=]?\s*\d`,
    String.raw`as an? (?:large )?(?:ai )?(?:language model|ai (?:assistant|model))\b`,
    String.raw`i(?:'m|’m| am) sorry, but i (?:can't|can’t|cannot) (?:(?:assist|help)(?: you)? with (?:this|that)|fulfill? (?:this|that|your) request|(?:write|create|continue|generate) (?:this|that|the|a|your) (?:${text}|content|text))`,
    String.raw`i (?:can't|can’t|cannot) (?:write|create|continue|generate|fulfill?) (?:this|that|the|a|your) (?:${text}|content|text|request)`,
    String.raw`i hope (?:that )?(?:this helps|you (?:enjoy(?:ed)?|liked?) (?:it|(?:this|the|my|your)(?: short)? ${text}))\b`,
    String.raw`i hope (?:this|that|the) ${text}\b`,
    String.raw`let me know (?:if|what|how|whether)\b.*\b(?:${text}|changes?|continue|adjust\w*|revis\w+|improve\w*|feedback|anything else)\b`,
    String.raw`would you like me to (?:continue|write|add|change|expand|revise|go on)\b`,
    String.raw`feel free to (?:continue|modify|change|edit|adjust|add|ask)\b.*\b(?:${text}|questions|details|it|this|more)\b`,
    String.raw`please (?:provide\b.*\b(?:details|context|information|prompt|${text})\b|continue the story\b)`,
    String.raw`(?:this|the)(?: short)? (?:story|narrative|scene|passage) (?:explores|highlights|illustrates|depicts|revolves around|showcases|serves as a|delves into|captures the essence)\b`,
    String.raw`in this(?: short)? (?:story|narrative|scene|passage), (?:we|the (?:author|readers?|protagonist|main character|writer))\b`,
    String.raw`(?:in conclusion|in summary|to summari[sz]e|overall),? (?:the|this) (?:story|narrative|scene|passage)\b`,
    String.raw`the readers? (?:is|are) (?:left (?:with|wondering|to)|introduced to|invited to)\b`,
    String.raw`you (?:can|could|may|might) (?:also )?(?:continue|change|modify|expand|rewrite|edit) (?:this|the|your) ${text}\b`,
  ]
    .map((source) => `^${source}`)
    .join("|"),
  "i",
);
const letters = /^(?:i hope|let me know|feel free|please|would you)/i;

/** Whether a sentence talks about the text it stands in; in a letter what may speak to whom it is written is none. */
export function isAside(sentence: string, isLetter: boolean): boolean {
  return asides.test(sentence) && !(isLetter && letters.test(sentence));
}

const titleLine = /^(?:#{1,6}\s+\S.*|\*\*[^*]+\*\*:?|title\s*:.*)$/i;
const labelled =
  /^(?:#{1,6}\s*|\*\*)?(?:title|summary|analysis|explanation|author['’]s note|word count|genre|themes?|prompt|instructions?|response|answer|moral)\s*(?:\*\*)?:/i;

/** A line that names a text, or a part of talk about one. */
export function isTitle(line: string, isFirst: boolean): boolean {
  return isFirst ? titleLine.test(line) || labelled.test(line) : labelled.test(line);
}

/** A line such as "The Map of the Sea": a title where prose follows. */
export function mayBeTitle(line: string): boolean {
  if (line.length > 60 || !/^[\p{L}\p{N}' ’-]+$/u.test(line)) return false;
  const words = line.split(/\s+/);
  return words.length >= 2 && words.length <= 8 && words.every((word) => /^\p{Lu}/u.test(word) || minor.test(word));
}

const minor = /^(?:a|an|and|at|by|for|from|in|of|on|or|the|to|with)$/;

const marked = /^(?:\d{1,2}[.)](?=\s|$)|[*•](?=\s)|[a-d]\)(?=\s))/;

/** An item of a list; a dash begins one only where no sentence of speech follows it. */
export function isListItem(line: string): boolean {
  return marked.test(line) || (/^[-–—]\s/.test(line) && !/[.!?…,;:"”»]$/.test(line));
}
