import { Failure } from "../base/failure.ts";

/** Throws `Failure` BAD_REQUEST for an address with a user name or a password, for it is stored unencrypted, and for one that is not http(s). */
export function refuseBadAddress(address: string, field: string): void {
  const { protocol, username, password, host } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:")
    throw new Failure("BAD_REQUEST", `${protocol.slice(0, -1)} is not a protocol of a webhook.`, {
      field,
      value: address,
      remedy: "Give an http:// or https:// address.",
    });
  if (username !== "" || password !== "")
    throw new Failure(
      "BAD_REQUEST",
      "An address is stored unencrypted, so it must not have a user name or a password in it.",
      {
        field,
        value: host,
        remedy: "Leave them out of the address.",
      },
    );
}
