import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileSecrets, plainSecretsFile } from "../../../src/main/host/file-secrets.ts";
import { Keys } from "../../../src/main/host/endpoint-keys.ts";
import { SealedSecrets } from "../../../src/main/host/sealed-secrets.ts";
import { endpointSecret, type SecretStore } from "../../../src/main/host/secrets.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-secrets-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const name = endpointSecret("http://127.0.0.1:8080");

/** A safe that turns texts around, and can be locked. */
function reversingSafe() {
  const reverse = (text: string) => text.split("").toReversed().join("");
  const safe = {
    usable: true,
    isUsable: () => safe.usable,
    seal: (value: string) => `sealed ${reverse(value)}`,
    unseal: (sealed: string) => {
      if (!safe.usable) throw new Error("the keyring is locked");
      return reverse(sealed.replace("sealed ", ""));
    },
  };
  return safe;
}

async function everythingOnDisk(): Promise<string> {
  const texts = await Promise.all((await readdir(directory)).map((file) => readFile(join(directory, file), "utf8")));
  return texts.join("\n");
}

describe("a file of secrets", () => {
  test("keeps, replaces and forgets, over restarts", async () => {
    const file = plainSecretsFile(directory);
    await new FileSecrets(file).set(name, "one");
    await new FileSecrets(file).set("gateway", "two");
    await new FileSecrets(file).set(name, "three");
    expect(await new FileSecrets(file).get(name)).toBe("three");
    await new FileSecrets(file).set(name, null);
    expect(await new FileSecrets(file).get(name)).toBe(null);
    expect(await new FileSecrets(file).get("gateway")).toBe("two");
    expect(await everythingOnDisk()).not.toContain("three");
  });

  test.skipIf(process.platform === "win32")("can be read by its owner alone, from its first byte on", async () => {
    const file = plainSecretsFile(directory);
    const secrets = new FileSecrets(file);
    await secrets.set(name, "one");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    await secrets.set(name, "two");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("loses none of many changes at once, and leaves no other file", async () => {
    const secrets = new FileSecrets(plainSecretsFile(directory));
    const names = Array.from({ length: 30 }, (_, index) => `endpoint http://h:${index}`);
    await Promise.all(names.map((one) => secrets.set(one, `key of ${one}`)));
    expect(await Promise.all(names.map((one) => secrets.get(one)))).toEqual(names.map((one) => `key of ${one}`));
    expect(await readdir(directory)).toEqual(["keys.json"]);
  });

  test("makes the folder it is in, and nothing where there is nothing to forget", async () => {
    const secrets = new FileSecrets(join(directory, "new", "keys.json"));
    await secrets.set(name, null);
    expect(await readdir(directory)).toEqual([]);
    await secrets.set(name, "one");
    expect(await secrets.get(name)).toBe("one");
  });

  test.each(["not json", "[]", '{"endpoint http://127.0.0.1:8080": 5}'])(
    "that reads %j is a failure, and is not overwritten",
    async (text) => {
      const file = plainSecretsFile(directory);
      await writeFile(file, text);
      const secrets = new FileSecrets(file);
      const expected = {
        code: "STORAGE",
        message: `The keys in ${file} cannot be read.`,
        data: { remedy: "Open Taleward as the user who saved them, or move that file away and save the keys again." },
      };
      await expect(secrets.get(name)).rejects.toMatchObject(expected);
      await expect(secrets.set(name, "one")).rejects.toMatchObject(expected);
      expect(await readFile(file, "utf8")).toBe(text);
    },
  );

  test("that cannot be written is a failure that leaves the old one, and the next change may succeed", async () => {
    const file = join(directory, "keys.json");
    const secrets = new FileSecrets(file);
    await secrets.set(name, "one");
    const blocked = new FileSecrets(join(file, "keys.json"));
    await expect(blocked.set(name, "two")).rejects.toMatchObject({ code: "STORAGE" });
    expect(await secrets.get(name)).toBe("one");
    expect(await readdir(directory)).toEqual(["keys.json"]);
    await secrets.set(name, "three");
    expect(await secrets.get(name)).toBe("three");
  });
});

describe("a desktop's safe", () => {
  test("encrypts what it keeps, and says so", async () => {
    const secrets = new SealedSecrets(directory, reversingSafe());
    await secrets.set(name, "sk-plain");
    expect(await everythingOnDisk()).not.toContain("sk-plain");
    expect(await secrets.get(name)).toBe("sk-plain");
    expect(secrets.description).toBe(
      "Keys are encrypted with your system's own key storage, in a file of the data folder.",
    );
  });

  test("that is not usable is replaced by the plain file, and that is said", async () => {
    const secrets = new SealedSecrets(directory, { ...reversingSafe(), isUsable: () => false });
    await secrets.set(name, "sk-plain");
    expect(await new FileSecrets(plainSecretsFile(directory)).get(name)).toBe("sk-plain");
    expect(await secrets.get(name)).toBe("sk-plain");
    const { description } = new FileSecrets(plainSecretsFile(directory));
    expect(description).toContain("They are not encrypted");
    expect(secrets.description).toBe(`This desktop offers no key storage that Taleward can use. ${description}`);
  });

  test("finds what another host kept, and takes it out of the plain file when it is saved again", async () => {
    const plain = new FileSecrets(plainSecretsFile(directory));
    await plain.set(name, "from the browser");
    const secrets = new SealedSecrets(directory, reversingSafe());
    expect(await secrets.get(name)).toBe("from the browser");
    await secrets.set(name, "sealed now");
    expect(await plain.get(name)).toBe(null);
    expect(await secrets.get(name)).toBe("sealed now");
    await secrets.set(name, null);
    expect(await secrets.get(name)).toBe(null);
  });

  test("that was locked since makes a failure of what it kept, not a missing key", async () => {
    const safe = reversingSafe();
    const secrets = new SealedSecrets(directory, safe);
    await secrets.set(name, "sk-plain");
    safe.usable = false;
    await expect(secrets.get(name)).rejects.toMatchObject({ code: "STORAGE" });
    await secrets.set(name, "sk-again");
    expect(await secrets.get(name)).toBe("sk-again");
  });
});

describe("keys of servers", () => {
  test("are read once, and the next call uses a saved one", async () => {
    const file = new FileSecrets(plainSecretsFile(directory));
    let reads = 0;
    const counting: SecretStore = {
      available: true,
      description: "",
      get: (one) => (reads++, file.get(one)),
      set: (one, value) => file.set(one, value),
    };
    const keys = new Keys(counting);
    expect(await Promise.all([keys.of("http://h"), keys.of("http://h")])).toEqual([null, null]);
    await keys.save("http://h", "one");
    expect(await keys.of("http://h")).toBe("one");
    await keys.save("http://h", null);
    expect(await keys.of("http://h")).toBe(null);
    expect(reads).toBe(1);
  });

  test("that could not be read are asked for again, and one that could not be saved is not used", async () => {
    const file = plainSecretsFile(directory);
    const keys = new Keys(new FileSecrets(file));
    await writeFile(file, "broken");
    await expect(keys.of("http://h")).rejects.toMatchObject({ code: "STORAGE" });
    await expect(keys.save("http://h", "new")).rejects.toMatchObject({ code: "STORAGE" });
    await rm(file);
    expect(await keys.of("http://h")).toBe(null);
  });
});
