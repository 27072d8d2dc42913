import { afterAll, vi } from "vitest";

// Test files share their process, which halves what it costs to start them; a spy or a stopped clock must not outlive its file.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
