import fc from 'fast-check';
import type { GrantRule } from '../../src/authorize/grant-record.ts';

const SUBJECTS = ['alice', 'alice', 'alice', 'bob'] as const;
export const SERVERS = ['files', 'git'] as const;
export const TOOLS = ['read', 'write', 'delete_all', 'late'] as const;
/** What tool servers offer at the beginning; the rest may appear. */
export const FIRST_TOOLS = ['read', 'write', 'delete_all'] as const;
const CLIENTS = ['desktop', 'code'] as const;
const IDS = ['g0', 'g1', 'g2', 'g3'] as const;
const PERMITTED = ['files/*', 'git/*', '**', 'files/read', 'git/{read,write}', '*/write', 'gone/*'];
/** The last cannot be evaluated: it permits nothing, and as a deny denies everything. */
const DENIED = ['*/write', '*/*delete*', 'git/read', 'gone/**', 'files/[ab]'];

/** A grant as an operation puts it; its expiry is so long after the moment it is put. */
export interface PutGrant {
  readonly id: string;
  readonly subject: string;
  readonly clients?: readonly string[];
  readonly lifeMs: number;
  readonly sessionLifeMs?: number;
  readonly rules: readonly Omit<GrantRule, 'line'>[];
}

/** Somebody edits the lock file's entry of a server, behind everybody's back. */
export interface EditLock {
  readonly op: 'edit lock';
  readonly server: string;
  readonly tool: string;
  readonly edit:
    | 'remove the entry'
    | 'remove the tool'
    | 'quarantine the tool'
    /** Approves it as `version`. */
    | 'plant an approval';
  readonly version: number;
}

/**
 * One thing that happens. Numbers without a range choose among what there is at that moment, so that
 * any list of operations is meaningful and a shorter one still is: that is what makes them shrink.
 */
export type Operation =
  | { readonly op: 'put'; readonly grant: PutGrant }
  | { readonly op: 'revoke grant' | 'reinstate grant'; readonly id: string }
  | {
      readonly op: 'open session';
      readonly subject: string;
      readonly client?: string;
      readonly lifeMs: number;
    }
  | { readonly op: 'revoke session'; readonly session: number }
  | { readonly op: 'pass time'; readonly ms: number }
  | {
      readonly op: 'change tool';
      readonly server: string;
      readonly tool: string;
      readonly version: number | undefined;
      readonly isAnnounced: boolean;
    }
  | {
      readonly op: 'approve tools';
      readonly server: string;
      /** None: everything. */
      readonly tools: readonly string[];
      /** What people took out as well. */
      readonly all: boolean;
    }
  | { readonly op: 'quarantine tools'; readonly server: string; readonly tools: readonly string[] }
  | EditLock
  | { readonly op: 'start broker' }
  | { readonly op: 'restart broker'; readonly broker: number; readonly how: 'unregister' | 'kill' }
  | {
      readonly op: 'list';
      readonly broker: number;
      readonly session: number;
      readonly onlyServer?: string;
    }
  | {
      readonly op: 'call';
      readonly broker: number;
      readonly session: number;
      readonly server: string;
      readonly tool: string;
      readonly isPlain: boolean;
    };

const any = fc.nat({ max: 11 });
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
/** A member that is there one time in five. */
const perhaps = <T>(of: fc.Arbitrary<T>, name: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: of.map((value) => ({ [name]: value })) },
  );

const MINUTE = 60_000;
const lives = oneOf([MINUTE, 10 * MINUTE, 600 * MINUTE, 600 * MINUTE]);

const rule = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ effect: fc.constant('permit' as const), pattern: oneOf(PERMITTED) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ effect: fc.constant('deny' as const), pattern: oneOf(DENIED) }),
  },
);

const rules = fc.array(rule, { minLength: 1, maxLength: 3 });

const putGrant = fc
  .tuple(
    fc.record({ id: oneOf(IDS), subject: oneOf(SUBJECTS), lifeMs: lives, rules }),
    perhaps(fc.subarray([...CLIENTS]), 'clients'),
    perhaps(oneOf([MINUTE, 5 * MINUTE]), 'sessionLifeMs'),
  )
  .map((parts): PutGrant => Object.assign({}, ...parts));

const openSession = fc
  .tuple(
    fc.record({ op: fc.constant('open session'), subject: oneOf(SUBJECTS), lifeMs: lives }),
    perhaps(oneOf(CLIENTS), 'client'),
  )
  .map((parts): Operation => Object.assign({}, ...parts));

const list = fc
  .tuple(
    fc.record({ op: fc.constant('list'), broker: any, session: any }),
    perhaps(oneOf([...SERVERS, 'gone']), 'onlyServer'),
  )
  .map((parts): Operation => Object.assign({}, ...parts));

const call = fc.record({
  op: fc.constant('call' as const),
  broker: any,
  session: any,
  server: oneOf([...SERVERS, ...SERVERS, ...SERVERS, 'gone']),
  tool: oneOf([...TOOLS, ...TOOLS, ...TOOLS, 'no_such_tool']),
  isPlain: fc.boolean(),
});

/** Names of tools; none means all. */
const someTools = fc.oneof(
  fc.constant([]),
  oneOf(TOOLS).map((tool) => [tool]),
  fc.subarray([...TOOLS]),
);

const weighted: readonly fc.WeightedArbitrary<Operation>[] = [
  {
    weight: 6,
    arbitrary: putGrant.map((grant): Operation => ({ op: 'put', grant })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('revoke grant' as const), id: oneOf(IDS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('reinstate grant' as const), id: oneOf(IDS) }),
  },
  { weight: 3, arbitrary: openSession },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('revoke session' as const), session: any }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('pass time' as const),
      ms: oneOf([1, MINUTE - 1, MINUTE, 10 * MINUTE]),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('change tool' as const),
      server: oneOf(SERVERS),
      tool: oneOf([...TOOLS, 'late']),
      version: oneOf([1, 2, 2, undefined]),
      isAnnounced: oneOf([true, false, false]),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('approve tools' as const),
      server: oneOf(SERVERS),
      tools: someTools,
      all: oneOf([false, false, true]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('quarantine tools' as const),
      server: oneOf(SERVERS),
      tools: someTools,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('edit lock' as const),
      server: oneOf(SERVERS),
      tool: oneOf(TOOLS),
      edit: oneOf([
        'remove the entry',
        'remove the tool',
        'quarantine the tool',
        'plant an approval',
      ] as const),
      version: oneOf([1, 2]),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'start broker' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('restart broker' as const),
      broker: any,
      how: oneOf(['unregister', 'kill'] as const),
    }),
  },
  { weight: 4, arbitrary: list },
  { weight: 14, arbitrary: call },
];

/** Any sequence of what admins, tool servers, clients and time do. */
export const operations = fc.array(fc.oneof(...weighted), {
  minLength: 5,
  maxLength: 30,
  size: 'max',
});
