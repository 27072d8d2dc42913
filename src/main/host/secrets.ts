/** Where a host keeps what must not be in the database, in logs or in exports: keys of servers and of the gateway. */
export interface SecretStore {
  /** False where nothing can be kept; `set` then throws `Failure`. */
  readonly available: boolean;
  /** Where and how it is kept, in a sentence for the person at the desk. */
  readonly description: string;
  /** Null where nothing is kept under the name. Throws `Failure` when what is kept cannot be read. */
  get(name: string): Promise<string | null>;
  /** Null forgets. Resolves when it is on disk. */
  set(name: string, value: string | null): Promise<void>;
}

/** The name of a server's key. */
export function endpointSecret(endpoint: string): string {
  return `endpoint ${endpoint}`;
}

/** The name of the gateway's own key. */
export const gatewaySecret = "gateway";
