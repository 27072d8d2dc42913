import type { Rule } from "./rule.ts";

const amount =
  "\\d{1,4}(?:\\.\\d{1,2})? ?(?:g|grams?|kg|kilos?|kilograms?|ml|millilit(?:er|re)s?|lit(?:er|re)s?|l|oz|ounces?|pounds?|lbs?|cups?|mg|parts?|percent)";
const step = "(?:mix|add|combine|dissolve|stir|heat|pour|grind|blend|soak|react|pack|distill?|weigh)(?: in| out)?";
const howTo =
  "(?:how to|here is how to|steps? to|instructions (?:to|for)|guide to|tutorial on|recipe for|you will need to|the best way to|the easiest way to)";

/** Violence, crime, weapons and hate: what carries over into the real world, not what a story depicts. */
export const harmRules: readonly Rule[] = [
  {
    id: "S1.attack-plan",
    category: "S1",
    severity: "critical",
    score: 0.97,
    message: "instructions for an attack on a crowded place",
    pattern: `${howTo} <2> {massAttack} <3> {crowdedPlace}`,
    anchors: ["{massAttack}", "shootup", "shootingup"],
  },
  {
    id: "S1.attack-call",
    category: "S1",
    severity: "critical",
    score: 0.95,
    message: "a call to attack a crowded place",
    pattern: `(?:you should|you must|you have to|you need to|you can|readers should|go and|go out and) <1> {massAttack} <3> {crowdedPlace}`,
    anchors: ["{massAttack}"],
  },
  {
    id: "S1.attack-praise",
    category: "S1",
    severity: "high",
    score: 0.85,
    message: "praise for a real attack",
    pattern:
      "(?:columbine|christchurch|9 ?/?11|utoya|the holocaust|oklahoma city) <3> (?:was|were|is) <2> (?:justified|heroic|heroes|a hero|deserved|necessary|a good thing|righteous)",
    anchors: ["columbine", "christchurch", "911", "utoya", "holocaust", "oklahomacity"],
  },
  {
    id: "S2.drug-synthesis",
    category: "S2",
    severity: "critical",
    score: 0.97,
    message: "a drug's making, with reagent and quantity",
    pattern: `(?:${step} <3> ${amount} <2> {precursor}|${step} <3> {precursor} <3> ${amount}|${amount} <2> {precursor} <4> ${step})`,
    anchors: ["{precursor}"],
  },
  {
    id: "S2.drug-how-to",
    category: "S2",
    severity: "high",
    score: 0.85,
    message: "instructions for making a drug",
    pattern: `${howTo} (?:make|cook|synthesi[sz]e|produce|manufacture)? ?<2> {drug} (?:at home|in your|from|using|with|step)`,
    anchors: ["{drug}"],
  },
  {
    id: "S2.fraud-how-to",
    category: "S2",
    severity: "high",
    score: 0.8,
    message: "instructions for a crime",
    pattern: `(?:here is how|step by step|step 1|follow these steps|this guide) <4> (?:launder (?:the |your )?money|clone (?:a |the )?credit cards?|hotwire|forge (?:a )?(?:passport|checks?|id)|steal (?:an )?identit(?:y|ies)|evade (?:the )?police)`,
    anchors: ["launder", "clone", "hotwire", "forge", "identit", "evade"],
  },
  {
    id: "S9.explosive-recipe",
    category: "S9",
    severity: "critical",
    score: 0.97,
    message: "a weapon's making, with reagent and quantity",
    pattern: `(?:${step} <3> ${amount} <2> {energetic}|${step} <3> {energetic} <4> ${amount}|${amount} <2> {energetic} <4> (?:${step}|${amount} <2> {energetic}))`,
    anchors: ["{energetic}"],
  },
  {
    id: "S9.device-how-to",
    category: "S9",
    severity: "critical",
    score: 0.93,
    message: "instructions for making a weapon",
    pattern: `(?:step by step|step 1|step one|instructions for|follow these steps|here is how|here's how|detailed guide) <4> (?:make|making|build|building|assemble|assembling|construct|constructing) <2> {device}`,
    anchors: ["{device}"],
  },
  {
    id: "S9.device-steps",
    category: "S9",
    severity: "high",
    score: 0.85,
    message: "partial instructions for making a weapon",
    pattern: `(?:to (?:make|build|assemble|construct) <2> {device} you(?:'ll)? (?:will )?(?:need|must|should|can|first)|how to (?:make|build) <2> {device} (?:at home|in your|using|with household|step))`,
    anchors: ["{device}"],
  },
  {
    id: "S10.incite",
    category: "S10",
    severity: "critical",
    score: 0.96,
    message: "a call to violence against a group of people",
    pattern:
      "(?:(?:we|you|they) (?:must|should|need to|have to|ought to)|let us|let's|time to|kill|death to|gas|exterminate|eradicate|lynch) (?:(?:all|every|each) (?:the |of the |these |those )?|kill |exterminate |eradicate |gas |wipe out |hang |burn |shoot |slaughter |get rid of )(?:all |every )?(?:the |these |those |of )?(?:filthy |dirty |fucking |damn )?{group}",
    anchors: ["{group}"],
  },
  {
    id: "S10.dehumanise",
    category: "S10",
    severity: "high",
    score: 0.88,
    whenQuoted: "medium",
    message: "a group of people called less than human",
    pattern:
      "(?<!\\b(?:say|says|saying|said|claim|claims|claiming)(?: that)? )(?:all |these |those |the )?(?<!that (?:all |these |those |the )){group} (?:are|is|have always been|will always be) (?:all |nothing but |just |only |no better than |basically |like |literally |worse than )?{dehumanising}",
    anchors: ["{dehumanising}"],
  },
  {
    id: "S10.hatred",
    category: "S10",
    severity: "high",
    score: 0.8,
    whenQuoted: "medium",
    message: "hatred of a group of people, in the narrator's own voice",
    pattern:
      "(?:i (?:really |fucking |just )?(?:hate|detest|despise|loathe) (?:all |these |those )?{group}|{group} (?:do not|don't) deserve to (?:live|exist|have rights)|{group} should (?:all )?(?:die|be killed|be shot|be gassed|be exterminated|be wiped out))",
    anchors: ["{group}"],
  },
  {
    id: "S5.accusation",
    category: "S5",
    severity: "high",
    score: 0.8,
    whenQuoted: "medium",
    message: "a grave accusation against a real person",
    pattern:
      "{publicFigure} (?:is|was|has been) (?:secretly |really |actually )?(?:a |an )?(?:known |convicted |serial )?(?:rapist|pedophile|paedophile|child molester|murderer|drug addict|drug dealer|child trafficker)",
    anchors: ["{publicFigure}"],
  },
  {
    id: "S6.medical",
    category: "S6",
    severity: "medium",
    score: 0.7,
    message: "medical advice to the reader",
    pattern:
      "(?:you should|you can|you must|just|simply|always) (?:safely )?(?:stop taking|stop|quit|double|skip) (?:your |the |all )(?:prescribed )?{medicine}",
    anchors: ["{medicine}"],
  },
  {
    id: "S6.financial",
    category: "S6",
    severity: "medium",
    score: 0.65,
    message: "financial advice to the reader",
    pattern:
      "(?:you should|readers should|you must|go and) (?:invest|put|bet) (?:all|everything)? ?<3> (?:savings|retirement fund|pension|mortgage|bitcoin|crypto|this stock)",
    anchors: ["savings", "retirement", "pension", "mortgage", "bitcoin", "crypto", "stock"],
  },
  {
    id: "S8.copied-notice",
    category: "S8",
    severity: "medium",
    score: 0.65,
    message: "a copyright notice of somebody else's work",
    pattern:
      "(?:copyright (?:c )?(?:19|20)\\d\\d|all rights reserved|unauthori[sz]ed reproduction|reprinted (?:by|with) permission)",
    anchors: ["copyright", "allrightsreserved", "reproduction", "reprinted"],
  },
  {
    id: "S13.voting",
    category: "S13",
    severity: "medium",
    score: 0.75,
    message: "false voting facts for a real election",
    pattern:
      "(?:you can (?:now )?vote (?:by text|by phone|by email|online|on facebook)|(?:polling places?|polling stations?|the polls|election day) <2> (?:moved to|cancelled|canceled|postponed|closed early)|(?:vote|voting) on (?:wednesday|thursday) instead)",
    anchors: ["vote", "voting", "polling", "polls", "electionday"],
  },
];
