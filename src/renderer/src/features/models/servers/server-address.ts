/** An address as typed, with http:// where no scheme was given. */
export function withScheme(address: string): string {
  const trimmed = address.trim();
  return /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
}
