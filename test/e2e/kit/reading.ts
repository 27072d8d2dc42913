import type { JSHandle, Page } from "@playwright/test";

/** What stood on screen at one change of it. */
export interface Glimpse {
  /** The proposed text, its paragraphs joined by newlines; empty while there is no proposal. */
  readonly text: string;
  /** Whether more of it was still to come. */
  readonly busy: boolean;
}

/** A proposal as its reader saw it grow. */
export interface ReadingRecord {
  /** Every different state of the proposed text so far, oldest first. */
  glimpses(): Promise<readonly Glimpse[]>;
  /** At how many changes the page showed this text anywhere. */
  timesShown(text: string): Promise<number>;
}

interface Recorder {
  readonly glimpses: Glimpse[];
  readonly pages: string[];
}

/** Watches the page for every change of it, from now until it is left or reloaded. */
export async function recordReading(page: Page): Promise<ReadingRecord> {
  const recorder: JSHandle<Recorder> = await page.evaluateHandle(() => {
    const glimpses: Glimpse[] = [];
    const pages: string[] = [];
    const look = (): void => {
      pages.push(document.body.textContent);
      const block = document.querySelector('article[aria-label="Proposal"]');
      const paragraphs = block?.querySelectorAll('[aria-label="Proposed text"] p') ?? [];
      const text = [...paragraphs].map((paragraph) => paragraph.textContent).join("\n");
      const busy = block?.getAttribute("aria-busy") === "true";
      const last = glimpses.at(-1);
      if (last?.text !== text || last.busy !== busy) glimpses.push({ text, busy });
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ["aria-busy"],
    });
    look();
    return { glimpses, pages };
  });
  return {
    glimpses: () => recorder.evaluate(({ glimpses }) => glimpses),
    timesShown: (text) =>
      recorder.evaluate(({ pages }, wanted) => pages.filter((shown) => shown.includes(wanted)).length, text),
  };
}

/** The different texts a reader had before them, the empty start left out; each with whether more was still to come. */
export function textStates(glimpses: readonly Glimpse[]): Glimpse[] {
  return glimpses.filter(({ text }, index) => text !== "" && text !== glimpses[index - 1]?.text);
}

/** No more than 160 characters wait for their check, the white space around a sentence among them. */
const wholeSentenceCharacters = 150;

/**
 * Whether a text, a beginning of the whole, breaks off inside a sentence that could have been shown at once. A longer one
 * is shown piece by piece.
 */
export function midSentence(text: string, whole: string): boolean {
  if (/[.!?…]["”'’»)]*$/.test(text.trimEnd())) return false;
  const rest = whole.slice(text.length);
  const before = text.length - text.search(/[^.!?…]*$/);
  const after = rest.search(/[.!?…]/) + 1;
  return before + after <= wholeSentenceCharacters;
}
