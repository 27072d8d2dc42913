import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FinishReason } from "../../../src/shared/contract/inference.ts";
import { createProseShaper, type ProseOptions } from "../../../src/main/story/shaping/prose.ts";

interface Shaping extends ProseOptions {
  readonly finishReason?: FinishReason;
}

/** What a reader is shown of a model's whole output, what is left out and why, and whether the model is stopped. */
function shape(chunks: readonly string[], { finishReason = "stop", ...options }: Shaping = {}) {
  const shaper = createProseShaper(options);
  const steps = [...chunks.map((chunk) => shaper.push(chunk)), shaper.end(finishReason)];
  const segments = steps.flatMap((step) => step.segments);
  expect(segments.map(({ text }) => text).join("")).toBe(chunks.join(""));
  const leftOut = segments.filter((segment) => segment.leftOut !== null && segment.text.trim() !== "");
  return {
    text: segments.map((segment) => (segment.leftOut === null ? segment.text : "")).join(""),
    leftOut: leftOut.map((segment) => `${segment.leftOut}: ${segment.text.trim()}`),
    stop: steps.at(-1)?.stop,
  };
}

describe("leaves out", () => {
  test.each<[string, string, string, Shaping?]>([
    ["a chatty preamble", "Sure, here is a scene:\n\nThe keeper rose.", "The keeper rose."],
    ["a preamble of two sentences", "Sure! Here is a story for you:\nThe keeper rose.", "The keeper rose."],
    ["an offer", "Here is a short story about a lamp:\n\nThe keeper rose.", "The keeper rose."],
    ["a title set in bold", "**The Map**\n\nThe keeper rose.", "The keeper rose."],
    ["a plain title before prose", "The Map of the Sea\nThe keeper rose.", "The keeper rose."],
    ["a labelled title", "Title: The Map\nThe keeper rose.", "The keeper rose."],
    [
      "a sentence that the length limit cut off",
      "The keeper rose. He looked at the",
      "The keeper rose.",
      { finishReason: "length" },
    ],
    [
      "a cut off end behind a full stop without a space",
      "他看见了海。他走了。然后",
      "他看见了海。他走了。",
      { finishReason: "length" },
    ],
    ["talk about the text, with what follows it in its line", "He slept. I hope you enjoyed it! Bye.", "He slept."],
    [
      "talk about the text, and nothing behind it",
      "He slept.\n\nLet me know if you want changes.\n\nHe woke.",
      "He slept.\n\nHe woke.",
    ],
    ["a list that nobody asked for", "He slept.\n1. Set the scene\n2. Add a map\nHe woke.", "He slept.\nHe woke."],
    ["an analysis", "He slept.\n\n**Analysis:** It shows how tired he is.", "He slept."],
    [
      "an echo of the story so far",
      "Rain fell. Mara went down to the sea. She slept in the boat all night. He came.",
      "Rain fell. He came.",
      { storyText: "Mara went down to the sea. She slept in the boat all night." },
    ],
  ])("%s", (_, output, expected, options) => {
    expect(shape([output], options).text).toBe(expected);
  });

  test("and says why, in the order of the text", () => {
    expect(shape(["Sure, here is a scene:\n\nHe rose. Would you like me to continue?"]).leftOut).toEqual([
      "preamble: Sure, here is a scene:",
      "aside: Would you like me to continue?",
    ]);
  });
});

describe("stops a loop", () => {
  const walk = "He went down to the sea.";
  test("at the third saying with nothing in between", () => {
    const { text, stop } = shape([`Rain fell. ${walk} ${walk} ${walk} Bye.`]);
    expect([text, stop]).toEqual([`Rain fell. ${walk} ${walk}`, "repetition"]);
  });

  test("of several sentences, and of short ones", () => {
    expect(shape([`${walk} Then he came back to the house. `.repeat(6)]).stop).toBe("repetition");
    expect(shape(["He ran. ".repeat(30)]).stop).toBe("repetition");
  });

  test("and not a refrain, an anaphora, or the chorus of a song", () => {
    const days = ["The nets were mended.", "A stranger asked for bread at the door.", "Snow lay upon the long boats."];
    const refrain = days.map((day) => `${day} And still the river ran.`).join(" ");
    expect(shape([refrain])).toMatchObject({ text: refrain, stop: null });
    const chorus = "Row, row, row the boat,\nRow her to the sea.\n";
    expect(shape([chorus.repeat(3)], { instruction: "A song" }).stop).toBeNull();
  });

  test("and leaves out all that comes after it", () => {
    const shaper = createProseShaper();
    shaper.push(`${walk} ${walk} ${walk} He`);
    expect(shaper.push(" woke. ")).toEqual({
      segments: [{ text: " woke. ", leftOut: "repetition" }],
      stop: "repetition",
    });
  });
});

describe("keeps, to the byte,", () => {
  test.each<[string, string, Shaping?]>([
    ["sentences and paragraphs", "The keeper rose.\n\nThe sea was loud. \n"],
    ["an end without a full stop where the model ended by itself", "He rose.\n\nYours,\nAnselm"],
    ["a line that leads to the next", 'The keeper read:\n"Come."\nHe went.'],
    ["Sure as a word of the story", "Sure feet took him down. He ran."],
    ["Of course as a narrator's word", "Of course. The key was gone, and Mara with it."],
    ["a frame story", "Here is the story as he told it to me:\n\nThe keeper rose."],
    ["the story of somebody", "This is the story of Anselm. It begins in rain."],
    ["Dear reader", "Dear reader, do not blame her. She was cold."],
    ["Note as a word of command", "Note the position of the body. It is no accident."],
    ["scene breaks", "He slept.\n\n***\n\nHe woke.\n\n---\n\nHe ran.\n\n* * *\n\nHe fell."],
    ["a new chapter", "He slept.\n\n## Chapter Two\n\nHe woke."],
    ["second person", "The wind rose. You feel it on your face. You run."],
    [
      "a list that the text leads up to",
      "On the table lay three things:\n- A map\n- A key\n- A tooth\nHe took the key.",
    ],
    ["choices after a question", "What do you do?\n1. Open the door\n2. Run"],
    ["a list from its first line on", "1. One\n2. Two"],
    ["dialogue by dashes", "- Wer da?\n- Ich.\n- Komm herein.\nSie kam."],
    [
      "a single sentence of the story said again",
      "Rain. Mara went down to the sea. Ice.",
      { storyText: "Mara went down to the sea." },
    ],
    ["talk about the text in speech", 'He said, "Sit. I hope you enjoyed the story. Would you like me to continue?"'],
    ["an open quotation at a cut off end", 'He said, "Wait for me. I will wait."', { finishReason: "length" }],
    ["everything where nothing else is there", "one two three", { finishReason: "length" }],
    ["a refusal that is all there is", "I'm sorry, but I can't write that story."],
  ])("%s", (_, output, options) => {
    expect(shape([output], options).text).toBe(output);
  });

  test("lists, titles and talk where they were asked for", () => {
    const list = "He slept.\n1. Set the scene\n2. Add a map";
    expect(shape([list], { instruction: "Give me three ideas" }).text).toBe(list);
    const titled = "**The Map**\n\nThe keeper rose.";
    expect(shape([titled], { instruction: "An item with its title" }).text).toBe(titled);
    const talk = "He slept. Would you like me to continue?";
    expect(shape([talk], { instruction: "A scene with a polite robot" }).text).toBe(talk);
  });
});

/** What a mark is in one language it is not in another: none is ever added, and none lost. */
test.each([
  ["German", "„Wer ist da?“, fragte Marta. „Ich“, sagte er. ‚Ach so‘, dachte sie."],
  ["German books", "»Wer ist da?«, fragte Marta. »Ich.« Sie öffnete."],
  ["Danish", "»Hvem der?« spurgte han. »Mig.« Hun lo."],
  ["Swedish", "”Vem där?” frågade han. ”Jag.” Hon log."],
  ["French", "« Qui est là ? » demanda-t-il. « C’est moi. » Elle rit."],
  ["Swiss", "«Wer ist da?» fragte er. «Ich.» Sie lachte."],
  ["Polish", "„Kto tam?” spytał. „To ja.” Śmiała się."],
  ["Hungarian", "„Ki az? »Senki«” – kérdezte. Nevetett."],
  ["Japanese", "「誰だ？」と彼は言った。『風』だった。"],
  ["Chinese", "“谁？”他问。“我。”她笑了。"],
  ["Russian", "— Кто там? — спросил он. «Никто», — подумал он. Она засмеялась."],
  ["Spanish", "—¿Quién es? —preguntó. —Soy yo. Rio."],
  ["Hebrew", "”מי שם?” שאל. ”אני.” היא צחקה."],
  ["Hindi", "“कौन है?” उसने पूछा। “मैं।” वह हँसी।"],
  ["Arabic", "”من هناك؟” سأل. ”أنا.” ضحكت."],
  ["inches and feet", 'There was 12" of rain. The mast, 30\' of oak, fell on a 6" nail. He ran.'],
  ["apostrophes", "’Twas the dogs’ hour. Rock ’n’ roll, said the ’90s. O’Hara’s hat fell."],
  ["speech over several paragraphs", "“I came.\n\n“I saw.\n\n“I left.” She sat."],
  ["nested quotations", "“He said ‘no’ and “never.”” She laughed. ‘“Why?”’"],
])("the marks of %s stay as they are", (_, output) => {
  for (const finishReason of ["stop", "length"] as const) expect(shape([output], { finishReason }).text).toBe(output);
});

test("a sentence is passed on as soon as the next one begins", () => {
  const shaper = createProseShaper();
  expect(shaper.push("The keeper rose.").segments).toEqual([]);
  expect(shaper.push(" T").segments).toEqual([{ text: "The keeper rose.", leftOut: null }]);
  expect(shaper.push("he sea was loud.\n").segments).toEqual([{ text: " The sea was loud.", leftOut: null }]);
});

test("text without the end of a sentence does not wait for ever", () => {
  const shaper = createProseShaper();
  const words = Array.from({ length: 400 }, (_, index) => `word${index}`).join(" ");
  const passed = shaper.push(words).segments.map(({ text }) => text);
  expect(passed.join("").length).toBeGreaterThan(900);
});

const piece = fc.oneof(
  fc.constantFrom(
    "The sea was cold. ",
    "He ran",
    ". ",
    "\n\n",
    "\n1. ",
    '"Go!" ',
    "“",
    "” ",
    "you ",
    "# A\n",
    "Sure! ",
    "Here is a story:\n",
    "* A map\n",
    "Mr. ",
    "…",
    "他走了。",
  ),
  fc.constantFrom("the sea was cold ", "I hope you like it. ", "   ", "- ", "a".repeat(300), " word ".repeat(60)),
  fc.string({ maxLength: 12 }),
);
const output = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));

test("the outcome does not depend on how the stream was cut", () => {
  fc.assert(
    fc.property(output, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (text, sizes) => {
      const chunks: string[] = [];
      for (let at = 0, index = 0; at < text.length; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        chunks.push(text.slice(at, at + size));
        at += size;
      }
      expect(shape(chunks)).toEqual(shape([text]));
      expect(shape(chunks, { finishReason: "length" })).toEqual(shape([text], { finishReason: "length" }));
    }),
    { numRuns: 1_000 },
  );
});
