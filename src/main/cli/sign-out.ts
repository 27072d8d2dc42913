import { Failure } from "../base/failure.ts";
import { forgetSession, runningInstance } from "../headless/instance.ts";
import { answer, type Terminal } from "./invocation.ts";

/** Shuts out every browser that was let in to a data directory, whether or not it is being served. */
export async function signOutBrowsers(terminal: Terminal): Promise<number> {
  const { dataDirectory } = terminal.installation();
  const running = await runningInstance(dataDirectory);
  const answered = running && (await ask(running));
  if (answered && !answered.ok)
    throw new Failure("STORAGE", `The browsers could not be signed out. ${await answered.text()}`, {
      field: "data-dir",
      value: dataDirectory,
      remedy: "Mend that, then repeat the command.",
    });
  if (!answered) await forgetSession(dataDirectory);
  answer(terminal, { signedOut: true, dataDirectory }, () => "Every browser is signed out.\n");
  return 0;
}

/** Null where nobody answers: the file is from a host that was killed. */
async function ask({ url, secret }: { readonly url: string; readonly secret: string }): Promise<Response | null> {
  try {
    const headers = { authorization: `Bearer ${secret}` };
    return await fetch(`${url}/sign-out`, { method: "POST", headers, signal: AbortSignal.timeout(10_000) });
  } catch {
    return null;
  }
}
