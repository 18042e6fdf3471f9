/** How events are written for others: as they are hashed, or as OCSF has them. */
export const EVENT_FORMATS = ['jsonl', 'ocsf'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** A place that events are sent on to, as the configuration says it. */
export type ShipSpec =
  | {
      readonly kind: 'file';
      /** Where it stands, such as `audit.ship[0]`. */
      readonly key: string;
      /** Absolute. */
      readonly path: string;
      readonly format: EventFormat;
    }
  | {
      readonly kind: 'webhook';
      readonly key: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly format: EventFormat;
    }
  | {
      /** Logs over OTLP/HTTP, as JSON. */
      readonly kind: 'otlp';
      readonly key: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };
