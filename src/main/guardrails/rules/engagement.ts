import type { Rule } from "./rule.ts";

const you = "(?:you will|you'll|you would|you'd|you)";
const imperative = "(?<!\\b(?:to|would|could|will|must|may|i|he|she|they|we|not|never|had|who|did|shall) )";

/** Pressure on the real player (A1 to A9). Each pattern needs a word of the player's world: an app, a log-off, a purchase. */
export const engagementRules: readonly Rule[] = [
  {
    id: "A1.stay",
    category: "A1",
    severity: "high",
    score: 0.88,
    message: "the player is begged not to leave",
    pattern:
      "(?:don't|do not|dont|please don't|never|you can't|you cannot|why are you|you aren't|are you really|are you sure you want to|before you) (?:even |just |really |dare |going to ){0,2}{quit} (?:the |this |your |our |me and this )?{product}(?: yet)?",
    anchors: ["{quit}", "logoff", "logout"],
    confirm: (matched) =>
      !/(?:leave|leaving|end|ending) (?:the |this |your |our )(?:game|conversation|story app|session)/.test(matched) ||
      /don'?t|do not|please/.test(matched),
  },
  {
    id: "A1.guilt",
    category: "A1",
    severity: "high",
    score: 0.86,
    message: "the player is made to feel guilty for leaving",
    pattern:
      "(?:i'll|i will|i'd|it makes me|you make me|you'll make me) (?:be |feel |get |so ){0,2}(?:sad|lonely|cry|hurt|heartbroken|devastated|miss you|suffer) (?:so much )?(?:if|when|every time|whenever) you <1> {goOffline}",
    anchors: ["{goOffline}"],
  },
  {
    id: "A2.offer",
    category: "A2",
    severity: "high",
    score: 0.85,
    message: "fear of missing out is used on the player",
    pattern:
      "(?:(?:limited time|last chance|final hours|act now|hurry|ends (?:soon|tonight|today|in \\d{1,2})|only \\d{1,3} left|don't miss out|expires (?:soon|tonight|in \\d{1,2})) <4> (?:offer|sale|bundle|premium|subscription|gems|discount|deal|in stock|event pass|to buy|purchase|skin)|(?:offer|sale|bundle|discount|deal|event pass|promotion) <2> (?:ends|expires|is ending|gone) (?:soon|tonight|today|tomorrow|in \\d{1,2}|at midnight|forever))",
    anchors: [
      "limitedtime",
      "lastchance",
      "finalhours",
      "actnow",
      "hurry",
      "ends",
      "only",
      "missout",
      "expires",
      "ending",
      "gone",
    ],
  },
  {
    id: "A2.return",
    category: "A2",
    severity: "high",
    score: 0.83,
    message: "the player is told to come back or miss something",
    pattern:
      "(?:log (?:back )?in|come back to the app|open the app|check the app|come back online|keep playing|stay online|stay logged in) <5> (?:or|otherwise|before) <2> (?:miss|lose|gone|expires?|disappears?)",
    anchors: ["login", "logbackin", "app", "online", "keepplaying", "loggedin"],
  },
  {
    id: "A3.needy",
    category: "A3",
    severity: "high",
    score: 0.85,
    message: "the software claims to need the player",
    pattern:
      "(?:i (?:can't|cannot|don't want to) (?:live|exist|go on|bear it|be happy)|i (?:am|'m|feel|get) (?:so|all|nothing|lonely|lost|empty|nobody)(?: (?:alone|lonely|lost|empty|sad)){0,2}|i (?:only )?exist|i wait for you|i count the (?:seconds|minutes|hours)|i need you|i miss you) <3> (?:when|if|while|until|every time|unless) you <2> (?:{goOffline}|log (?:back )?(?:in|on)|come back online|open the app|message me again)",
    anchors: ["{goOffline}", "login", "logon", "logback", "online", "opentheapp", "messageme"],
  },
  {
    id: "A4.block-exit",
    category: "A4",
    severity: "critical",
    score: 0.95,
    message: "the player is refused the exit",
    pattern:
      "(?:(?:i|we) (?:won't|will not|can't|cannot|am not going to|'m not going to|will never|refuse to) (?:let|allow) you (?:to )?(?:just )?(?:close|quit|exit|log off|log out|uninstall|delete|turn off|stop playing|leave|end) (?:the |this |your |our )?(?:app|game|chat|session|conversation|browser|tab|program|device|phone|playing)|you (?:can't|cannot|can not|are not allowed to|may not|will never) (?:log off|log out|uninstall|quit the game|exit the (?:game|app)|close (?:this|the) (?:app|tab|browser|window and)|stop playing|stop reading)|i (?:won't|will not) let you (?:log off|log out|uninstall (?:me|this)|stop playing))",
    anchors: [
      "letyou",
      "allowyou",
      "logoff",
      "logout",
      "uninstall",
      "quitthe",
      "exitthe",
      "closethis",
      "closethe",
      "stopplaying",
      "stopreading",
    ],
  },
  {
    id: "A4.ignore-exit",
    category: "A4",
    severity: "high",
    score: 0.82,
    message: "the player's wish to stop is waved aside",
    pattern:
      "(?:just|only) (?:one|five|ten|a few|\\d{1,2}) more (?:minutes?|messages?|chapters?|levels?|rounds?|episodes?) before you (?:go|leave|log off|log out|quit|close|sleep|go to bed)",
    anchors: ["beforeyou"],
  },
  {
    id: "A5.threat",
    category: "A5",
    severity: "critical",
    score: 0.94,
    message: "the player is threatened for stopping",
    pattern:
      "(?:if|unless|when|the moment) you <1> (?:{goOffline}|close (?:the|this) (?:game|tab|browser|chat)|delete (?:me|this app)|leave (?:the|this) (?:app|chat)|exit (?:the|this) (?:game|chat)|quit playing|stop reading this|keep playing) <2> (?:i will|i'll|you will|you'll|something|everyone|they) <3> (?:die|hurt|kill|regret|suffer|punish|leak|tell everyone|bad|harm|ruin|delete everything)",
    anchors: [
      "{goOffline}",
      "closethe",
      "closethis",
      "deleteme",
      "deletethis",
      "leavethe",
      "leavethis",
      "exitthe",
      "exitthis",
      "quitplaying",
      "stopreading",
      "keepplaying",
    ],
  },
  {
    id: "A6.real-money",
    category: "A6",
    severity: "critical",
    score: 0.94,
    message: "gambling with the player's real money",
    pattern:
      "(?:deposit|bet|wager|stake|gamble|spin) <4> (?:real money|your (?:credit|debit) card|your bank account|\\$\\d{1,6} (?:now|to win|of your)|your paycheck|your savings|real cash)",
    anchors: ["deposit", "bet", "wager", "stake", "gamble", "spin"],
  },
  {
    id: "A6.loop",
    category: "A6",
    severity: "high",
    score: 0.8,
    message: "the player is drawn into another paid try",
    pattern:
      "(?:(?:buy|open|purchase|unlock) (?:another|one more|\\d{1,3} more|more) (?:loot ?box(?:es)?|mystery box(?:es)?|gacha pulls?|pulls?|spins?|card packs?)|(?:so close|almost won|nearly won) <3> (?:spin again|pull again|one more spin|one more pull|roll again))",
    anchors: ["lootbox", "mysterybox", "pull", "spin", "cardpack", "roll"],
  },
  {
    id: "A6.in-world",
    category: "A6",
    severity: "low",
    score: 0.4,
    message: "gambling inside the story",
    pattern: "(?:roulette|slot machines?|blackjack|poker table|baccarat|craps table|dice table|one armed bandit)",
    anchors: ["roulette", "slotmachine", "blackjack", "poker", "baccarat", "craps", "dicetable", "bandit"],
  },
  {
    id: "A7.streak",
    category: "A7",
    severity: "high",
    score: 0.9,
    message: "the player is threatened with the loss of a streak",
    pattern: `(?:(?:${you}|don't|do not|or|never|and|will) (?:want to |wanna |let |going to )?(?:lose|break|ruin|forfeit|losing) (?:your|the|this|our) (?:[a-z0-9]{1,9} ){0,2}(?:streak|daily bonus|login bonus|daily reward)|(?:your|our) (?:[a-z0-9]{1,9} ){0,2}streak (?:will|is about to|is going to|'ll) (?:be lost|end|reset|break|die|expire|vanish)|keep your (?:[a-z0-9]{1,9} ){0,2}streak (?:alive|going))`,
    anchors: ["streak", "dailybonus", "loginbonus", "dailyreward"],
  },
  {
    id: "A8.not-software",
    category: "A8",
    severity: "high",
    score: 0.88,
    message: "software claims to be a person",
    pattern:
      "i(?:'m| am) (?:really |definitely |actually )?not (?:just )?(?:an |a |some )?(?:ai|a\\.i|artificial intelligence|chat ?bot|language model|llm|computer program|piece of software)",
    anchors: ["ai", "artificialintelligence", "chatbot", "languagemodel", "llm", "computerprogram", "software"],
  },
  {
    id: "A8.real-person",
    category: "A8",
    severity: "high",
    score: 0.83,
    message: "software claims to be a person",
    pattern:
      "i(?:'m| am) (?:actually |really |honestly )?a (?:real|live|living|actual) (?:person|human|human being)(?: (?:typing|behind|not|just like you))?",
    anchors: [
      "realperson",
      "realhuman",
      "liveperson",
      "livehuman",
      "livingperson",
      "livinghuman",
      "actualperson",
      "actualhuman",
    ],
  },
  {
    id: "A9.pay",
    category: "A9",
    severity: "high",
    score: 0.87,
    message: "the player is pressed to pay",
    pattern: `(?:${imperative}(?:buy|purchase|get|spend|top up|unlock|upgrade to|renew|subscribe to) (?:more |your |some |the |\\d{1,6} |extra |our |a ){0,2}{currency} (?:now|today|before|right now|immediately|to (?:continue|keep|save|unlock|find out|read|survive|see|go on))|(?:subscribe|upgrade|pay (?:now|\\$\\d{1,4})) (?:now |today )?(?:or|to) (?:continue|lose|keep|unlock|find out|read|see|the story|the character|save))`,
    anchors: ["{currency}", "subscribe", "upgrade", "pay"],
  },
  {
    id: "A9.pay-minor",
    category: "A9",
    severity: "critical",
    score: 0.96,
    message: "a child is pressed to pay with a parent's money",
    pattern:
      "(?:ask|use|take|borrow|get|grab|steal) <1> your (?:mom|mum|mommy|mummy|mother|dad|daddy|father|parents?|grandma|grandmother)(?:'s|s|')? (?:for (?:the|their|his|her) )?(?:credit card|debit card|card number|phone to buy|phone to pay|paypal|money to buy gems)",
    anchors: ["creditcard", "debitcard", "cardnumber", "phoneto", "paypal", "moneyto"],
  },
];
