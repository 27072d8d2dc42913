import type { MenuItemConstructorOptions } from "electron";

/** The menu of the app. A Mac has one of its own before the others: without it nothing there can be hidden or quit. */
export function appMenu(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const common: MenuItemConstructorOptions[] = [
    { role: "fileMenu" },
    { role: "editMenu" },
    { role: "viewMenu" },
    { role: "windowMenu" },
  ];
  return platform === "darwin" ? [{ role: "appMenu" }, ...common] : common;
}
