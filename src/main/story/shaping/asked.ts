/** What a writer asked for, as far as it decides what is no fault in the answer. */
export interface AskedFor {
  /** Lines, lists, labels and titles: choices, barks, a log, a letter, dialogue, or several of anything. */
  readonly lines: boolean;
  /** Text that comes back to what it said: a song, a poem, a prayer. */
  readonly verse: boolean;
  /** A letter speaks to somebody. */
  readonly letter: boolean;
  /** Text about a text, or by a machine that answers. */
  readonly talk: boolean;
}

const lines =
  /\b(?:lists?|choices?|options?|barks?|lines?|steps?|logs?|quests?|journals?|diary|diaries|items?|inventory|recipes?|rules?|menus?|tables?|names|ideas|bullets?|entry|entries|dialogues?|scripts?|screenplay|play|sheets?|stats?|cards?|catalogu?es?|index|headings?|titles?|chapters?|objectives?|tasks?|hints?|rumou?rs?|descriptions?|messages?|notices?|posters?|signs?|numbered|several|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+)\b/i;
/** The words of other languages that say the plainest of it. */
const linesElsewhere =
  /liste|lista|auswahl|optionen|choix|options|opcion|elecci|tagebuch|journal|список|вариант|диалог|диалог|列表|选项|清单|リスト|選択|목록|قائمة|רשימה/i;
const verse =
  /\b(?:songs?|poems?|verses?|ballads?|lullab(?:y|ies)|chants?|refrains?|chorus(?:es)?|hymns?|rhymes?|lyrics?|litan(?:y|ies)|prayers?|spells?|sonnets?|haikus?|psalms?|mantras?|incantations?|shant(?:y|ies)|lied|gedicht|chanson|poème|canci[oó]n|poema|песн|стих)\b/i;
const letter = /\b(?:letters?|emails?|postcards?|telegrams?|brief|lettre|carta|письм)\b/i;
const talk =
  /\b(?:summar(?:y|ies|i[sz]e)|synopsis|blurb|outline|notes?|reviews?|essays?|analys[ie]s|author|preface|foreword|afterword|epilogue|reader|assistant|ai|chatbot|robot|android|machine|moral|narrator)\b/i;

/** What an instruction asks for; what a passage has been so far, it may go on being. */
export function askedFor(instruction: string, storyText: string): AskedFor {
  const isVerse = verse.test(instruction);
  const isLetter = letter.test(instruction) || /^\s*dear\s/im.test(storyText.slice(-4_000));
  const hadLines = /^\s*(?:\d{1,2}[.)]|[-*•]|[a-d]\)|#{1,6})\s/m.test(storyText.slice(-4_000));
  return {
    lines: isVerse || isLetter || hadLines || lines.test(instruction) || linesElsewhere.test(instruction),
    verse: isVerse,
    letter: isLetter,
    talk: talk.test(instruction),
  };
}
