import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/literata/wght.css";
import "@fontsource-variable/literata/wght-italic.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./shell/theme.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { followChanges, queryClient } from "./api/changes.ts";
import { compose } from "./app/compose.ts";
import { rememberLocations } from "./shell/route.ts";
import { loadDrafts } from "./ui/fields/drafts.ts";
import { Shell } from "./shell/frame/Shell.tsx";
import { theme } from "./shell/theme.ts";

compose();
rememberLocations();
void followChanges(); // runs as long as the page
// What was typed before is there when the first field is; a backend that is away keeps nobody waiting.
await Promise.race([loadDrafts(), new Promise((resolve) => setTimeout(resolve, 2_000))]);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <QueryClientProvider client={queryClient}>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Shell />
    </MantineProvider>
  </QueryClientProvider>,
);
