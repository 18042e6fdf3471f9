import { z } from 'zod';
import { LABELS } from '../domain/label.ts';
import { DATABASE_SIZE } from '../domain/retention.ts';
import { EVENT_FORMATS } from '../domain/ship-spec.ts';
import { STEPS } from '../monitor/ladder.ts';
import { SIGNALS } from '../monitor/signal.ts';

/** `setTimeout` fires at once for anything longer. */
const MAX_TIMER_MS = 2_147_483_647;

const milliseconds = (what: string) => z.int().min(1).max(MAX_TIMER_MS).describe(what).optional();

const argumentsMode = z.enum(['redacted', 'digest', 'full', 'none']);

const trust = z
  .enum(['first-use', 'ask'])
  .describe(
    'first-use pins a tool server never seen before; ask does not start it before `tools approve`',
  )
  .optional();

const resultShape = {
  hidden: z
    .enum(['mark', 'strip'])
    .describe('characters people cannot see, terminal escapes')
    .optional(),
  links: z
    .enum(['off', 'mark'])
    .describe('links that load as they are shown, run something, or lead elsewhere than they say')
    .optional(),
  secrets: z.enum(['mark', 'redact', 'withhold']).describe('credentials by their shape').optional(),
  orders: z.enum(['mark', 'withhold']).describe('text that gives a model orders').optional(),
  schema: z
    .enum(['mark', 'withhold'])
    .describe("a result that is not what its tool's output schema says")
    .optional(),
  maxBytes: z
    .int()
    .min(1)
    .max(268_435_456)
    .describe('largest result, bytes; a larger one is withheld')
    .optional(),
  types: z
    .array(z.string().min(1))
    .describe(
      'kinds of content it may have (text, image, audio, resource, resource_link); another one is withheld',
    )
    .optional(),
};

/** What is done about what results hold; every key but the bounds is `mark` when absent. */
const resultsSchema = z.strictObject({
  ...resultShape,
  tools: z
    .record(z.string(), z.strictObject(resultShape))
    .describe('the same by tool glob; a later match over an earlier one')
    .optional(),
});

/** Our own settings of one tool server, under `toolgrant`. Unknown keys are errors. */
export const serverOptionsSchema = z.strictObject({
  isolation: z
    .enum(['session', 'subject', 'shared'])
    .describe('who shares one running process: nobody, the sessions of a subject, everybody')
    .optional(),
  timeoutMs: milliseconds('milliseconds a call may take; default 60000'),
  startTimeoutMs: milliseconds('milliseconds to be ready after start; default 30000'),
  idleMs: milliseconds(
    'milliseconds without a call after which a process is closed; default 300000',
  ),
  maxMessageBytes: z
    .int()
    .min(1024)
    .max(268_435_456)
    .describe('largest message accepted from it, bytes; default 10485760')
    .optional(),
  arguments: z
    .union([argumentsMode, z.record(z.string(), argumentsMode)])
    .describe('how arguments of its calls are kept, or of calls of some tools, by tool glob')
    .optional(),
  labels: z
    .record(z.string(), z.array(z.enum(LABELS)))
    .describe('what its tools do with data, by tool glob')
    .optional(),
  results: resultsSchema.describe('what is done about what its results hold').optional(),
  trust,
});

/** One tool server as everybody writes it. Foreign keys pass and are warned about. */
export const serverEntrySchema = z.looseObject({
  type: z
    .enum(['stdio', 'http', 'streamable-http'])
    .describe('how it is reached; told by command or url when absent')
    .optional(),
  command: z.string().min(1).describe('program of a stdio tool server').optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).describe('added to the clean environment').optional(),
  cwd: z.string().min(1).describe("working folder; default: the configuration's folder").optional(),
  url: z.string().min(1).describe('address of an HTTP tool server').optional(),
  headers: z.record(z.string(), z.string()).optional(),
  disabled: z.boolean().describe('true: as if the entry were absent').optional(),
  enabled: z.boolean().describe('false: as if the entry were absent').optional(),
  toolgrant: serverOptionsSchema.optional(),
});

const eventFormat = z
  .enum(EVENT_FORMATS)
  .describe('as they are hashed, which is the default, or as OCSF has them')
  .optional();

const auditSchema = z.strictObject({
  durability: z
    .enum(['power', 'process'])
    .describe('what a recorded event survives: a power cut, or a killed process')
    .optional(),
  arguments: argumentsMode.describe("how a call's arguments are kept").optional(),
  anchors: z
    .array(
      z.union([
        z.strictObject({ file: z.string().min(1).describe('appended to') }),
        z.strictObject({ stdout: z.literal(true).describe('standard output of serve') }),
        z.strictObject({
          webhook: z.string().min(1).describe('https address, sent a POST with each'),
          headers: z.record(z.string(), z.string()).optional(),
        }),
      ]),
    )
    .max(8)
    .describe('where signed checkpoints are sent, outside of the state')
    .optional(),
  ship: z
    .array(
      z.union([
        z.strictObject({ file: z.string().min(1).describe('appended to'), format: eventFormat }),
        z.strictObject({
          webhook: z.string().min(1).describe('https address, sent a POST with each batch'),
          headers: z.record(z.string(), z.string()).optional(),
          format: eventFormat,
        }),
        z.strictObject({
          otlp: z.string().min(1).describe('https address of an OTLP/HTTP receiver of logs'),
          headers: z.record(z.string(), z.string()).optional(),
        }),
      ]),
    )
    .max(8)
    .describe('where `audit ship` sends events on to')
    .optional(),
  retainDays: z.int().min(1).max(36_500).describe('days events are kept').optional(),
  maxSize: z
    .string()
    .regex(DATABASE_SIZE, 'use a number and MB or GB, such as 10GB')
    .describe('size of the database beyond which its oldest events go, such as 10GB')
    .optional(),
});

const alertsSchema = z.strictObject({
  webhook: z.string().min(1).describe('https address, sent a POST of JSON with each'),
  headers: z.record(z.string(), z.string()).optional(),
});

const telemetrySchema = z.strictObject({
  traces: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .describe('https address of an OTLP/HTTP receiver of traces, path included'),
      headers: z.record(z.string(), z.string()).optional(),
    })
    .describe('where spans of requests and of the hop to tool servers are sent')
    .optional(),
});

const adminSchema = z.strictObject({
  listen: z.string().describe('host:port of /metrics and /healthz of serve'),
  beyondLoopback: z
    .boolean()
    .describe('true: it may be reached from other machines, by whoever can reach them')
    .optional(),
  hosts: z
    .array(z.string().min(1))
    .max(32)
    .describe('names it is reached by beyond loopback, as a Host header has them without the port')
    .optional(),
});

const count = (what: string, max = 100_000) => z.int().min(1).max(max).describe(what).optional();

const limitsSchema = z.strictObject({
  maxMessageBytes: z
    .int()
    .min(1024)
    .max(67_108_864)
    .describe('largest message a client may send, bytes; default 4194304')
    .optional(),
  maxMembers: z
    .int()
    .min(100)
    .max(10_000_000)
    .describe('members and items one message of a client may hold; default 10000')
    .optional(),
  maxConnections: count('open connections; default 1024'),
  maxConnectionsPerAddress: count('open connections of one remote address; default 512'),
  maxInFlight: count('requests being answered; default 1024'),
  maxInFlightPerSession: count('requests of one session being answered; default 256'),
  maxQueuedBytes: z
    .int()
    .min(65_536)
    .max(17_179_869_184)
    .describe('bytes of answers that may wait for clients that do not read; default 67108864')
    .optional(),
  drainMs: milliseconds('milliseconds an answer may wait to be read; default 30000'),
  maxProcesses: count('processes of tool servers alive at once; default 64', 10_000),
  maxProcessesPerSubject: count('of them for one subject; default 48', 10_000),
});

const step = z.enum(STEPS);

const signalSchema = z.union([
  step,
  z.strictObject({
    step: step.describe('what is done about it').optional(),
    threshold: z
      .number()
      .min(1)
      .max(1_000_000_000)
      .describe('from which value on it is a signal')
      .optional(),
  }),
]);

/** What is watched for. */
export const monitorSchema = z.strictObject({
  observe: z
    .int()
    .min(1)
    .max(10_000)
    .describe('sessions under a grant before what they do not do is unusual; default 5')
    .optional(),
  rememberMs: milliseconds(
    'milliseconds for which it is remembered what kinds of data were read; default 86400000',
  ),
  windowMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .describe('milliseconds over which uses and refusals are counted; default 60000')
    .optional(),
  signals: z
    .strictObject(
      Object.fromEntries(SIGNALS.map((name) => [name, signalSchema.optional()])) as Record<
        (typeof SIGNALS)[number],
        z.ZodOptional<typeof signalSchema>
      >,
    )
    .describe('what is done about each signal: a step, or a step and a threshold')
    .optional(),
});

/**
 * The configuration's whole shape: the one definition that both checks a file and makes
 * `schema/config.schema.json`.
 */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  listen: z.string().describe('host:port of serve; default 127.0.0.1:7433').optional(),
  publicUrl: z.string().describe('address clients reach serve by, beyond loopback').optional(),
  trust,
  audit: auditSchema.optional(),
  alerts: alertsSchema.describe('who is told when tool servers change').optional(),
  telemetry: telemetrySchema.describe('what is sent on of how requests went').optional(),
  admin: adminSchema
    .describe('a listener for those who watch the broker; none unless set')
    .optional(),
  limits: limitsSchema.describe('bounds towards clients, and on processes').optional(),
  monitor: monitorSchema.describe('what is watched for, and what is done about it').optional(),
  grants: z.string().min(1).describe('folder of the grants; default ./grants').optional(),
  state: z.string().min(1).describe('folder of the state; default ./.toolgrant').optional(),
  issuers: z.array(z.unknown()).describe('identity providers').optional(),
  mcpServers: z.record(z.string(), serverEntrySchema).describe('tool servers by name'),
});

/** A configuration as its file says it. */
export type ConfigFile = z.infer<typeof configSchema>;
/** One entry of `mcpServers` as its file says it. */
export type ServerEntry = z.infer<typeof serverEntrySchema>;

/** Keys of ours by where they stand: top level, `audit`, `limits`, `telemetry` and its `traces`, `admin`, `monitor` and its `signals`, `toolgrant` of an entry and its `results`. */
export const KNOWN_KEYS = {
  top: Object.keys(configSchema.shape),
  audit: Object.keys(auditSchema.shape),
  limits: Object.keys(limitsSchema.shape),
  telemetry: Object.keys(telemetrySchema.shape),
  traces: Object.keys(telemetrySchema.shape.traces.unwrap().shape),
  admin: Object.keys(adminSchema.shape),
  monitor: Object.keys(monitorSchema.shape),
  signals: SIGNALS,
  entry: Object.keys(serverEntrySchema.shape),
  options: Object.keys(serverOptionsSchema.shape),
  results: Object.keys(resultsSchema.shape),
} as const;

/** The JSON Schema of `mcp.config.json`, for editors: what `schema/config.schema.json` holds. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input' }),
    title: 'Toolgrant configuration',
  };
}
