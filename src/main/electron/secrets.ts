import { safeStorage } from "electron";
import { SealedSecrets } from "../host/sealed-secrets.ts";
import type { SecretStore } from "../host/secrets.ts";

/** Secrets in Electron's safeStorage. It must not be used before the app is ready. */
export function desktopSecrets(dataDirectory: string): SecretStore {
  return new SealedSecrets(dataDirectory, {
    isUsable: () => safeStorage.isEncryptionAvailable() && !isOnlyObscured(),
    seal: (value) => safeStorage.encryptString(value).toString("base64"),
    unseal: (sealed) => safeStorage.decryptString(Buffer.from(sealed, "base64")),
  });
}

/** Without a keyring Chromium "encrypts" with a password that is the same everywhere. */
function isOnlyObscured(): boolean {
  return process.platform === "linux" && safeStorage.getSelectedStorageBackend() === "basic_text";
}
