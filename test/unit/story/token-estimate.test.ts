import { expect, test } from "vitest";
import { estimatorFor, TokenRatios } from "../../../src/main/story/prompting/token-estimate.ts";

const english = "The sea was cold. ".repeat(200);

/** What SmolLM2's tokeniser makes of them, whose 49,152 words are English ones: few make more. */
test.each([
  ["English", "The keeper climbed the stairs and looked at the sea.", 11],
  ["German", "Der Wärter stieg die Treppe hinauf und sah auf das Meer.", 22],
  ["Russian", "Смотритель поднялся по лестнице и посмотрел на море.", 37],
  ["Greek", "Ο φύλακας ανέβηκε τις σκάλες και κοίταξε τη θάλασσα.", 46],
  ["Arabic", "صعد الحارس الدرج ونظر إلى البحر.", 29],
  ["Hebrew", "השומר טיפס במדרגות והביט בים.", 31],
  ["Chinese", "守塔人爬上楼梯，望着大海。", 26],
  ["Japanese", "番人は階段を上り、海を見た。", 25],
  ["Korean", "등대지기는 계단을 올라 바다를 바라보았다.", 51],
  ["Hindi", "रखवाला सीढ़ियाँ चढ़ा और समुद्र की ओर देखा।", 48],
  ["Thai", "ผู้เฝ้าประภาคารปีนบันไดขึ้นไปมองทะเล", 67],
])("the estimate of %s is on the safe side, and no more than twice what is counted", (_language, text, counted) => {
  const estimated = estimatorFor(text)(text);
  expect(estimated).toBeGreaterThanOrEqual(counted);
  expect(estimated).toBeLessThanOrEqual(counted * 2);
});

test("what a server counted of long prompts corrects the estimate, of each version and script for itself", () => {
  const ratios = new TokenRatios();
  const messages = [{ content: english }];
  const estimated = estimatorFor(english)(english);
  ratios.counted("a", messages, estimated * 0.7);
  expect(ratios.of("a", english)).toBeCloseTo(0.735, 2);
  expect(ratios.of("b", english)).toBe(1);
  for (const text of ["守塔人爬上楼梯，望着大海。", "صعد الحارس الدرج", "Der Wärter stieg die Treppe hinauf."])
    expect(ratios.of("a", text)).toBe(1);
});

test("a count that cannot be the whole prompt's corrects nothing", () => {
  const ratios = new TokenRatios();
  const messages = [{ content: english }];
  for (const tokens of [null, 0, 1, 50, 1e9]) ratios.counted("a", messages, tokens);
  ratios.counted("a", [{ content: "Short." }], 2);
  expect(ratios.of("a", english)).toBe(1);
});
