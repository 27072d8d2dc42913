import { lazy } from "react";

/** Fetches the passage with its editor, which is half of all the code and not needed before there is a story. */
export const fetchPassageView = () => import("./PassageView.tsx");

export const PassageView = lazy(async () => ({ default: (await fetchPassageView()).PassageView }));
