import { readFileSync } from "node:fs";
import type { Session } from "electron";
import { log } from "../base/logger.ts";
import { writeFileAtomicSync } from "../base/write-file-atomic.ts";
import type { SpellingLanguage } from "./text-menu.ts";

interface SpellingOptions {
  readonly session: Session;
  /** Keeps what a person chose. */
  readonly file: string;
  /** As the system has them, the most wanted first: `de-AT`, `en-US`. */
  readonly preferred: readonly string[];
}

/**
 * The languages that text is checked in: those of this desktop until a person chooses others. A Mac checks by itself, and
 * has none here.
 */
export class Spelling {
  readonly #session: Session;
  readonly #file: string;
  readonly #missing = new Set<string>();
  readonly #names = new Intl.DisplayNames(undefined, { type: "language" });

  constructor({ session, file, preferred }: SpellingOptions) {
    this.#session = session;
    this.#file = file;
    session.on("spellcheck-dictionary-download-failure", (_event, code) => this.#missing.add(code));
    session.on("spellcheck-dictionary-initialized", (_event, code) => this.#missing.delete(code));
    const available = session.availableSpellCheckerLanguages;
    if (available.length > 0) this.#use(keptLanguages(file, available) ?? dictionariesFor(preferred, available));
  }

  get languages(): SpellingLanguage[] {
    const chosen = new Set(this.#session.getSpellCheckerLanguages());
    return this.#session.availableSpellCheckerLanguages
      .map((code) => ({
        code,
        name: this.#names.of(code) ?? code,
        chosen: chosen.has(code),
        missing: this.#missing.has(code),
      }))
      .toSorted((a, b) => Number(b.chosen) - Number(a.chosen) || a.name.localeCompare(b.name));
  }

  /** Checks text in a language from now on, or no longer; also after the next start. */
  choose(code: string, chosen: boolean): void {
    const others = this.#session.getSpellCheckerLanguages().filter((each) => each !== code);
    const languages = chosen ? [...others, code] : others;
    this.#use(languages);
    try {
      writeFileAtomicSync(this.#file, JSON.stringify({ languages }));
    } catch (error) {
      log.error("the languages of the spelling check were not kept", error);
    }
  }

  #use(languages: readonly string[]): void {
    this.#session.setSpellCheckerLanguages([...languages]);
  }
}

/** The dictionaries that fit the languages of a desktop: the very one, or the language's own, or its first variety. */
export function dictionariesFor(preferred: readonly string[], available: readonly string[]): string[] {
  const found = preferred.map((wanted) => {
    const [language = ""] = wanted.split("-");
    return (
      available.find((code) => code.toLowerCase() === wanted.toLowerCase()) ??
      available.find((code) => code === language) ??
      available.find((code) => code.startsWith(`${language}-`))
    );
  });
  return [...new Set(found.filter((code) => code !== undefined))];
}

/** Null where none were chosen yet. */
function keptLanguages(file: string, available: readonly string[]): string[] | null {
  try {
    const { languages } = JSON.parse(readFileSync(file, "utf8")) as { languages: unknown }; // our own file; checked here
    return Array.isArray(languages) ? available.filter((code) => languages.includes(code)) : null;
  } catch {
    return null;
  }
}
