/** Where spans are sent, as the configuration says it. */
export interface TracesSpec {
  /** Where it stands. */
  readonly key: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The listener for those who watch the broker, as the configuration says it. */
export interface AdminSpec {
  /** A host name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Names it is reached by beyond loopback, in lower case. */
  readonly hosts: readonly string[];
}
