import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent: an iris ink that no severity, arm or health state uses. */
const iris: MantineColorsTuple = [
  "#f1effc",
  "#e2dff7",
  "#c5bfee",
  "#a59ce4",
  "#887ddb",
  "#6f62d0",
  "#5f51c4",
  "#5145ad",
  "#433a90",
  "#342d70",
];

/** Warm greys, darker than Mantine's own, so that a long evening of prose is easy on the eyes. */
const dark: MantineColorsTuple = [
  "#e4e1e8",
  "#cfcbd5",
  "#a8a3b1",
  "#7d7887",
  "#4a4653",
  "#38343f",
  "#2a2731",
  "#201e26",
  "#1a181f",
  "#151419",
];

/** What is typed runs in the direction of its own first strong letter. */
const byItsText = { input: { dir: "auto" } };

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 6, dark: 5 },
  colors: { iris, dark },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "15px", xl: "18px" },
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "sm", attributes: byItsText } },
    Textarea: { defaultProps: { attributes: byItsText } },
    Select: { defaultProps: { size: "sm", allowDeselect: false } },
    Modal: {
      defaultProps: {
        yOffset: "max(48px, 5dvh)",
        transitionProps: { duration: 120 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    Drawer: { defaultProps: { transitionProps: { duration: 120 }, closeButtonProps: { "aria-label": "Close" } } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 80 } } },
  },
});
