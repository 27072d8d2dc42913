/** What is POSTed: the same thing as data and as a text, for services that show texts alone. */
export interface WebhookMessage {
  readonly url: string;
  readonly body: object;
  /** In a sentence or two, for a person. */
  readonly text: string;
  /** The same however often it is sent. */
  readonly id: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Discord's own limit of a message. */
const maxDiscordCharacters = 2_000;

/**
 * The JSON that a webhook takes: Slack and what follows it want `text`, Discord wants `content`, and refuse anything else; all
 * others get the data itself. Known by their addresses, as their documentation gives them (docs.slack.dev, "Sending messages using
 * incoming webhooks"; docs.discord.com, "Execute Webhook").
 */
export function webhookBody({ url, body, text }: Pick<WebhookMessage, "url" | "body" | "text">): object {
  const { hostname, pathname } = new URL(url);
  const isDiscord = /(^|\.)(discord|discordapp)\.com$/.test(hostname) && pathname.startsWith("/api/");
  if (hostname === "hooks.slack.com" || (isDiscord && pathname.endsWith("/slack"))) return { text };
  if (!isDiscord) return body;
  return { content: text.length > maxDiscordCharacters ? `${text.slice(0, maxDiscordCharacters - 1)}…` : text };
}
