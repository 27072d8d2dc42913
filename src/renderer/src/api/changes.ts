import { QueryClient } from "@tanstack/react-query";
import type { ChangeTopic } from "../../../shared/contract/app.ts";
import { api, queries } from "./connection.ts";
import { useConnection } from "./connection-state.ts";

/** Answers stay fresh until the backend names their topic as changed. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});

/** Refetches the queries under a key and settles once they are there. Cancels those in flight: their answers may be older than the change. */
export async function invalidate(queryKey: readonly unknown[]): Promise<void> {
  await queryClient.cancelQueries({ queryKey }, { silent: true });
  await queryClient.invalidateQueries({ queryKey });
}

type TopicListener = () => void;
const listeners = new Map<ChangeTopic, Set<TopicListener>>();

/** Calls back when the backend names the topic; returns the way to stop. */
export function onChange(topic: ChangeTopic, listener: TopicListener): () => void {
  const topicListeners = listeners.get(topic) ?? new Set<TopicListener>();
  listeners.set(topic, topicListeners);
  topicListeners.add(listener);
  return () => topicListeners.delete(listener);
}

/** Follows the backend's changes for the page's life, starting again whenever the connection was lost. */
export async function followChanges(): Promise<never> {
  // Nothing was asked before the first subscription, so its opening "everything changed" is no news.
  let opening = true;
  for (;;) {
    try {
      for await (const { topics } of await api.app.changes()) {
        if (!opening) for (const topic of topics) topicChanged(topic);
        opening = false;
      }
    } catch {
      // The screen shows the connection's own state.
    }
    await connectionOpen();
  }
}

function topicChanged(topic: ChangeTopic): void {
  for (const queryKey of queryKeys[topic]()) void invalidate(queryKey);
  for (const listener of listeners.get(topic) ?? []) listener();
}

/** The passage being edited is left out: its editor decides when to take the stored text. */
const queryKeys: Record<ChangeTopic, () => readonly (readonly unknown[])[]> = {
  registry: () => [queries.registry.key(), queries.inference.status.key()],
  endpoints: () => [queries.registry.endpoints.key(), queries.registry.pinning.key(), queries.inference.status.key()],
  logs: () => [queries.logs.key(), queries.registry.calls.key()],
  violations: () => [queries.guardrails.key()],
  stories: () => [
    queries.story.list.key(),
    queries.story.outline.key(),
    queries.story.bin.key(),
    queries.story.history.key(),
  ],
  inference: () => [queries.inference.status.key(), queries.inference.starter.key()],
  suites: () => [queries.suites.key(), queries.registry.judgements.key()],
  gateway: () => [queries.gateway.key()],
  rollouts: () => [queries.rollouts.key()],
  updates: () => [queries.coordination.subscribers.key(), queries.coordination.history.key()],
  alerts: () => [queries.coordination.alerts.key(), queries.coordination.rules.key()],
};

async function connectionOpen(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 250));
  if (useConnection.getState().state === "open") return;
  await new Promise<void>((resolve) => {
    const stop = useConnection.subscribe(({ state }) => {
      if (state !== "open") return;
      stop();
      resolve();
    });
  });
}
