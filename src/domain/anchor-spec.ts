/** A place outside of the state that checkpoints are sent to, as the configuration says it. */
export type AnchorSpec =
  | {
      readonly kind: 'file';
      /** Where it stands, such as `audit.anchors[0]`. */
      readonly key: string;
      /** Absolute. */
      readonly path: string;
    }
  | { readonly kind: 'stdout'; readonly key: string }
  | {
      readonly kind: 'webhook';
      readonly key: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };
