const ratios = [2, 4, 8];

/**
 * The e-value against "each call is an event with at most this chance": a wager at 2, 4 and 8 times the share, in equal parts.
 * Each part is the likelihood ratio of its share to the tolerated one, so that it is a supermartingale while the chance is at
 * most the share, and exact at any number of calls (Ville).
 *
 * @param atMostShare above 0; taken as 0.9 where it is more
 *
 * @example
 * rateEvidence(0.02, 4, 4); // (2^4 + 4^4 + 8^4) / 3 = 1456
 */
export function rateEvidence(atMostShare: number, events: number, calls: number): number {
  const share = Math.min(0.9, atMostShare);
  return ratios.reduce((sum, ratio) => {
    const often = Math.min(0.95, share * ratio);
    const onEvents = events * Math.log(often / share);
    const onOthers = (calls - events) * Math.log((1 - often) / (1 - share));
    return sum + Math.exp(onEvents + onOthers) / ratios.length;
  }, 0);
}
