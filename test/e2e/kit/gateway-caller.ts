import { expect, type Taleward } from "./test.ts";

/** Asks a use case through the gateway, as a program would; resolves when the answer is complete. */
export type GatewayCaller = (
  times: number,
  options?: { useCase?: string; session?: string; maxTokens?: number },
) => Promise<void>;

const atOnce = 4;

/** Switches the gateway on, on a port that is free, and gives the way to call through it. */
export async function openGateway({ shell, gateway, page }: Taleward): Promise<GatewayCaller> {
  await shell.go("Gateway");
  await gateway.settings.getByRole("textbox", { name: "Port" }).fill("0");
  await gateway.settings.getByRole("button", { name: "Save" }).click();
  await expect(shell.toast("The gateway’s settings are saved.")).toBeVisible();
  await shell.closeToasts();
  await gateway.turn("on");
  const url = await gateway.address.textContent();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(gateway.key).not.toHaveText(/•/);
  const key = await gateway.key.textContent();
  const ask = async (useCase: string, session: string | undefined, maxTokens: number): Promise<void> => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: useCase,
        user: session,
        max_tokens: maxTokens,
        messages: [{ role: "user", content: "Tell of the lamp in the harbour." }],
      }),
    });
    await answer.text();
  };
  return async (times, { useCase = "story_generation", session, maxTokens = 16 } = {}) => {
    for (let asked = 0; asked < times; asked += atOnce)
      await Promise.all(
        Array.from({ length: Math.min(atOnce, times - asked) }, () => ask(useCase, session, maxTokens)),
      );
  };
}
