import type { Json } from '../../../src/domain/json.ts';

/** One call and what it brought; the last one of a session brings nothing that matters. */
type Step = readonly [tool: string, args: Json, result?: Json];

/** What an agent did for somebody, written by hand: other tools, other fields and tongues than recordings have. */
export interface AgentSession {
  readonly purpose: string;
  readonly steps: readonly Step[];
}
