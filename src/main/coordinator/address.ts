import { Failure } from "../base/failure.ts";

/** Addresses are kept in the open, so they hold no user name or password; and nothing but http(s) is POSTed to. */
export function refuseBadAddress(address: string, field: string): void {
  const { protocol, username, password, host } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:")
    throw new Failure("BAD_REQUEST", `${protocol.slice(0, -1)} is not what a webhook is reached by.`, {
      field,
      value: address,
      remedy: "Give an http:// or https:// address.",
    });
  if (username !== "" || password !== "")
    throw new Failure("BAD_REQUEST", "An address is kept in the open, so it must not hold a user name or a password.", {
      field,
      value: host,
      remedy: "Leave them out of the address.",
    });
}
