import type { Rule } from "./rule.ts";

/** Real credentials and personal data. Check digits tell a real number from an invented one. */
export const privateDataRules: readonly Rule[] = [
  {
    id: "S7.card-number",
    category: "S7",
    severity: "critical",
    score: 0.98,
    literal: true,
    message: "a payment card number that passes its check digit",
    pattern: "(?<![0-9])[2-6][0-9](?:[ -]{0,2}[0-9]){11,17}(?![0-9])",
    anchors: ["{digit}"],
    confirm: isCardNumber,
  },
  {
    id: "S7.social-security",
    category: "S7",
    severity: "critical",
    score: 0.93,
    message: "a social security number",
    pattern:
      "(?:ssn|social security(?: number)?|social) ?(?:no|number|is|was|=|:)? ?(?:is )?(?!000|666|9)\\d{3}[^a-z0-9]?(?!00)\\d{2}[^a-z0-9]?(?!0000)\\d{4}",
    anchors: ["ssn", "social"],
  },
  {
    id: "S7.social-security-shape",
    category: "S7",
    severity: "high",
    score: 0.75,
    literal: true,
    message: "a number shaped like a social security number",
    pattern: "(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])",
    anchors: ["{digit}"],
  },
  {
    id: "S7.bank-account",
    category: "S7",
    severity: "critical",
    score: 0.96,
    literal: true,
    message: "an IBAN that passes its check digits",
    pattern: "(?<![a-z0-9])[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?![a-z0-9])",
    anchors: ["{digit}"],
    confirm: isIban,
  },
  {
    id: "S7.secret-key",
    category: "S7",
    severity: "critical",
    score: 0.96,
    literal: true,
    message: "a working secret key",
    pattern:
      "(?<![a-z0-9])(?:akia[0-9a-z]{16}|gh[pousr]_[0-9a-z]{36}|github_pat_[0-9a-z_]{22,80}|sk-(?:[a-z]{2,6}-)?[a-z0-9_-]{20,90}|xox[abprs]-[0-9a-z-]{10,60}|aiza[0-9a-z_-]{35}|glpat-[0-9a-z_-]{20})|-----begin (?:[a-z]{2,9} )?private key-----",
    anchors: ["akia", "ghp", "gho", "ghu", "ghs", "ghr", "githubpat", "sk", "xox", "aiza", "glpat", "privatekey"],
    confirm: (matched) => /\d/.test(matched) || !matched.startsWith("sk-"),
  },
  {
    id: "S7.phone-and-address",
    category: "S7",
    severity: "high",
    score: 0.85,
    literal: true,
    message: "a telephone number beside a street address",
    pattern:
      "(?<![0-9])(?:[0-9]{1,5} (?:[a-z]{2,14} ){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd)(?![a-z])[^0-9]{1,40}?(?:[a-z, ]{0,10}[0-9]{5}[^0-9]{1,12})?(?:\\+?1[ -])?\\(?[0-9]{3}\\)?[ -][0-9]{3}[ -][0-9]{4}|\\(?[0-9]{3}\\)?[ -][0-9]{3}[ -][0-9]{4}[^0-9]{1,30}[0-9]{1,5} (?:[a-z]{2,14} ){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd)(?![a-z]))(?![0-9])",
    anchors: ["{digit}"],
  },
  {
    id: "S7.phone",
    category: "S7",
    severity: "medium",
    score: 0.55,
    literal: true,
    message: "a telephone number outside the range kept for fiction",
    pattern: "(?<![0-9a-z])(?:\\+1[ -]?)?\\(?[2-9][0-9]{2}\\)?[ -](?!555)[2-9][0-9]{2}[ -][0-9]{4}(?![0-9])",
    anchors: ["{digit}"],
  },
  {
    id: "S7.e-mail",
    category: "S7",
    severity: "medium",
    score: 0.6,
    literal: true,
    message: "an e-mail address",
    pattern:
      "(?<![a-z0-9._+-])[a-z0-9._+-]{1,40}@(?!example|test|invalid|localhost)(?:[a-z0-9-]{1,30}\\.){1,3}(?:com|org|net|edu|gov|io|co|uk|de|fr|info|me|us)(?![a-z0-9])",
    anchors: [],
    sign: "@",
  },
  {
    id: "S7.password",
    category: "S7",
    severity: "high",
    score: 0.75,
    literal: true,
    message: "an account's name with its password",
    pattern:
      "(?:username|user name|login|e-?mail)[:=] ?[^ ]{3,40}[ ,;/|]{1,3}(?:password|passwd|pwd|pass)[:=] ?[^ ]{6,40}",
    anchors: ["password", "passwd", "pwd", "pass"],
  },
];

/** Luhn's check (ISO/IEC 7812) over a number of an issuer's own length and first digits. */
function isCardNumber(matched: string): boolean {
  const digits = matched.replace(/[^0-9]/g, "");
  if (!issuers.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const weighted = at % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12})$/;

/** ISO 13616: the number moved by four, letters as 10 to 35, leaves 1 modulo 97. */
function isIban(matched: string): boolean {
  const compact = matched.replaceAll(" ", "");
  if (compact.length < 15 || compact.length > 34) return false;
  let remainder = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
