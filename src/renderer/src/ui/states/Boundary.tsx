import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** Stands in for children that could not be shown. */
  readonly fallback: ReactNode;
  readonly children: ReactNode;
}

/** Keeps a part that cannot be shown, or fetched while the backend is away, from taking the whole window with it. */
export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override readonly state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
