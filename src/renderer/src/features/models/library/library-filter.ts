import { create } from "zustand";
import type { ProviderName, VersionFilter, VersionStatus } from "../../../../../shared/contract/registry.ts";

export interface LibraryFilter {
  readonly text: string;
  readonly provider: ProviderName | null;
  readonly status: VersionStatus | null;
  readonly tag: string;
  readonly useCase: string | null;
  readonly drifted: boolean;
}

const nothing: LibraryFilter = { text: "", provider: null, status: null, tag: "", useCase: null, drifted: false };

/** Which versions are listed; kept while other screens are looked at. */
export const useLibraryFilter = create<LibraryFilter>(() => nothing);

export function clearLibraryFilter(): void {
  useLibraryFilter.setState(nothing);
}

/** The filter as the backend takes it; an empty object lets everything through. */
export function toVersionFilter(filter: LibraryFilter): VersionFilter {
  const { provider, status, useCase } = filter;
  const text = filter.text.trim();
  const tag = filter.tag.trim();
  return {
    ...(text !== "" && { text }),
    ...(tag !== "" && { tag }),
    ...(provider !== null && { provider }),
    ...(status !== null && { status }),
    ...(useCase !== null && { useCase }),
    ...(filter.drifted && { drifted: true }),
  };
}
