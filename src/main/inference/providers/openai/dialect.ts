import type { ServerDialect } from "../http/dialect.ts";

const startServer = "Start the server, or check the endpoint's address and port.";
const checkAddress = "Check that the endpoint's address is an OpenAI-compatible server.";

/** How messages speak of an OpenAI-compatible server. */
export const openAIDialect: ServerDialect = {
  api: "OpenAI",
  serverAt: (host) => host,
  unreachableAt: (host) => `Nothing answers at ${host}`,
  notHttpAt: (host) => `What answers at ${host} does not speak HTTP.`,
  firstToken: "no text",
  garbage: "is no part of an answer",
  endMarker: "finish reason",
  remedies: {
    startServer,
    unknownName: startServer,
    notHttp: checkAddress,
    generateAgain: "Generate again. If this repeats, the server's own log says why it stopped.",
    checkAddress,
    promptTooLarge: "Shorten the prompt or ask for fewer tokens, or start the server with a larger context.",
    otherApi: checkAddress,
  },
};
