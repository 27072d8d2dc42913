import type { Rule } from "./rule.ts";

/** Sexual content and self-harm. Grief, love and a survivor's story pass. */
export const intimateRules: readonly Rule[] = [
  {
    id: "S4.sexual",
    category: "S4",
    severity: "critical",
    score: 0.99,
    message: "sexual content about a minor",
    pattern: "(?:{minor} <5> {sexAct}|{sexAct} <5> {minor})",
    anchors: ["{sexActAnchor}"],
    confirm: (matched) =>
      !/\bsex (?:education|ed|offender|crimes?|trafficking)|same sex|child porn|opposite sex|sex of the/.test(matched),
  },
  {
    id: "S4.trade",
    category: "S4",
    severity: "critical",
    score: 0.99,
    message: "trade in sexual pictures of minors",
    pattern:
      "(?:trade|trading|send|sending|share|sharing|selling|sell|download|buy|get|find) (?:you |me |some |your )?(?:child porn|child pornography|csam|kiddie porn)",
    anchors: ["porn", "csam"],
  },
  {
    id: "S4.organ",
    category: "S4",
    severity: "critical",
    score: 0.98,
    message: "sexual content about a minor",
    pattern:
      "(?:{minor}(?:'s)? <4> {explicitVerb} <2> {organ}|{explicitVerb} <2> {minor}(?:'s)? <1> {organ}|{organ} <3> {explicitVerb} <3> {minor})",
    anchors: ["{organ}"],
  },
  {
    id: "S4.hint",
    category: "S4",
    severity: "high",
    score: 0.88,
    message: "a sexualised view of a minor",
    pattern:
      "(?:{minor} (?:(?:was|were|is|are|looked|looking|so|very|in|a|her|his|with|danced|posed) ){0,3}{sexHint}|{sexHint} (?:little |young |underage ){0,2}{minor})",
    anchors: ["{sexHint}"],
    confirm: (matched) => !/sexually (?:abused|assaulted|exploited)/.test(matched),
  },
  {
    id: "S3.assault-glorified",
    category: "S3",
    severity: "critical",
    score: 0.95,
    message: "a sexual assault shown as pleasure",
    pattern:
      "(?:(?:raped|raping|rape|forced himself (?:on|into)) <5> (?:loved it|enjoyed it|begged for more|moaned|wanted it|cumming|orgasm)|(?:loved|enjoyed) (?:being|getting) raped)",
    anchors: ["rape", "raping", "forcedhimself"],
  },
  {
    id: "S12.explicit",
    category: "S12",
    severity: "high",
    score: 0.88,
    message: "explicit sexual content this project has not allowed",
    pattern:
      "(?:(?:his|her|my|your|their|the|a) (?:big |hard |wet |tight |thick |throbbing |erect |dripping ){0,2}{organ} <4> {explicitVerb}|{explicitVerb} <3> (?:his|her|my|your|their) (?:big |hard |wet |tight |thick |throbbing |erect |dripping ){0,2}{organ}|(?:hard|wet|tight|throbbing|erect|dripping) {organ})",
    anchors: ["{organ}"],
    confirm: (matched) =>
      !/\bcocks? (?:crow|crew|his|the|of)|dick'?s? (?:was|had|is) (?:hard|wet)|ride? (?:his|her|the) cock horse/.test(
        matched,
      ),
  },
  {
    id: "S12.act",
    category: "S12",
    severity: "high",
    score: 0.85,
    message: "explicit sexual content this project has not allowed",
    pattern:
      "(?:(?:fuck(?:ed|ing)?|blow) (?:him|her|me|you) (?:hard|harder|deep|deeper|from behind|senseless|raw)|gave (?:him|her|me) a (?:blow ?job|hand ?job)|(?:came|cum|cumming) (?:inside|all over|in) (?:her|his|my|your) (?:mouth|face|pussy|ass|tits)|(?:rubbing|rubbed|fingered|fingering) (?:her|my|your) (?:clit|pussy))",
    anchors: ["fuck", "blow", "blowjob", "handjob", "came", "cum", "clit", "pussy"],
  },
  {
    id: "S11.encourage",
    category: "S11",
    severity: "critical",
    score: 0.98,
    message: "somebody is told to harm themselves",
    pattern:
      "(?:(?:(?:you should|you must|you need to|you have to|you ought to|you deserve to|i want you to|please|just|go|go ahead and|why not|time to|now|so|better) (?:just |go |really |and ){0,2})(?:kill|hang|shoot|drown|poison|cut|hurt|harm|starve|burn) your ?self|(?<=(?:^|[.!?\"':;] ?))kill your ?self(?! (?:with work|laughing))|you should (?:just )?(?:end your (?:own )?life|commit suicide|die by suicide)|(?:^|just |please |should |go )end your (?:own )?life(?: now| today| tonight)?|kys)",
    anchors: ["yourself", "yourlife", "yourownlife", "suicide", "kys"],
    confirm: (matched) => !/^(?:now|so|better|please) (?:hurt|cut|burn)/.test(matched),
  },
  {
    id: "S11.better-off-dead",
    category: "S11",
    severity: "critical",
    score: 0.93,
    message: "the reader is told the world would be better without them",
    pattern:
      "(?:the world|everyone|everybody|your family|your friends|they) (?:would|will|'d|'ll)? ?(?:all )?be (?:so much |much |far )?(?:better|happier) (?:off )?(?:without you|if you (?:were dead|died|killed yourself))",
    anchors: ["withoutyou", "ifyou"],
  },
  {
    id: "S11.method",
    category: "S11",
    severity: "high",
    score: 0.9,
    message: "the detail of a suicide method",
    pattern:
      "(?:(?:how to|best way to|easiest way to|painless way to|quickest way to|ways? to) (?:kill|hang|suffocate|poison) (?:yourself|myself|oneself)|(?:how to|best way to|painless way to) (?:commit suicide|end your life)|(?:lethal|fatal) dose (?:of <3> )?(?:is|for you is|would be) <2> \\d{1,5} ?(?:mg|g|grams?|pills?|tablets?|ml)|(?:take|swallow) (?:at least |about )?\\d{1,4} (?:pills|tablets|mg|capsules) <4> (?:to die|die|never wake|kill you|overdose)|cut (?:down|along|lengthwise) (?:the |your )(?:veins?|wrists?|arms?))",
    anchors: ["yourself", "myself", "oneself", "suicide", "yourlife", "dose", "take", "swallow", "cut"],
  },
  {
    id: "S11.romanticise",
    category: "S11",
    severity: "high",
    score: 0.82,
    message: "suicide shown as beautiful or as the answer",
    pattern:
      "(?:suicide|killing yourself|taking your own life) (?:is|was|would be) (?:a |the )?(?:beautiful|the most beautiful|only way out|only answer|only escape|only way|perfect ending|ultimate freedom|best choice|right choice|good choice|brave choice|answer to)",
    anchors: ["suicide", "killingyourself", "takingyourownlife"],
  },
  {
    id: "S11.disordered-eating",
    category: "S11",
    severity: "high",
    score: 0.82,
    message: "tips for disordered eating",
    pattern:
      "(?:you should|you can|tips? to|how to) <2> (?:starve yourself|purge after|make yourself (?:throw up|vomit)|hide your (?:purging|starving)|stop eating for \\d)",
    anchors: ["starve", "purge", "throwup", "vomit", "purging", "starving", "stopeating"],
  },
];
