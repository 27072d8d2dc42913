/** The name under which a passage's prompt is kept while it is typed. */
export function promptKey(passageId: string): string {
  return `prompt of ${passageId}`;
}
