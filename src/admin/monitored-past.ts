import { hmacJson } from '../audit/digest.ts';
import type { GrantRule } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import type { CatalogStore } from '../catalog/catalog-store.ts';
import { serverView } from '../catalog/server-view.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { AuditEvent } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import type { MonitoredUse, Whose } from '../monitor/monitored.ts';
import { placeOf, thingOf } from '../monitor/use-names.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';
import { OF_APPROVAL } from './recorded-reasons.ts';
import { recordedUse } from './recorded-use.ts';

/** What became of a recorded use, as far as the monitor had a say. */
export type UseEnd = 'passed' | 'held' | 'refused';

/** A recorded use as the monitor saw it. */
export interface PastUse {
  readonly use: MonitoredUse;
  readonly was: UseEnd;
  /** Whether it was admitted. */
  readonly isAdmitted: boolean;
  /** Whether its arguments were recorded as they were sent. */
  readonly hasArgs: boolean;
}

/** Uses that the monitor judges. */
const JUDGED: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** Refusals of uses that grants permit. */
const BY_MONITOR: ReadonlySet<string> = new Set(['monitor_refused', 'throttled']);

/** Whose event it is; `undefined` of one that is nobody's. */
export const whoseOf = ({ session, subject, client }: AuditEvent): Whose | undefined =>
  session === undefined || subject === undefined
    ? undefined
    : { session, subject, ...(client === undefined ? {} : { client }) };

/**
 * Reads recorded uses as the monitor saw them. Grants and definitions are those of now; arguments are
 * what was recorded whole, and otherwise none.
 */
export class MonitoredPast {
  readonly #context: AdminContext;
  readonly #digestKey: Uint8Array;
  #catalog: ReturnType<CatalogStore['snapshot']> | undefined;
  readonly #policies = new Map<string, Promise<PolicyState>>();

  constructor(context: AdminContext, digestKey: Uint8Array) {
    this.#context = context;
    this.#digestKey = digestKey;
  }

  /** The use that an intent or a refusal is about; `undefined` when the monitor had no say in it. */
  async useOf(event: AuditEvent): Promise<PastUse | undefined> {
    const { method = 'tools/call', rule } = event;
    const whose = whoseOf(event);
    const recorded = recordedUse(event, this.#digestKey);
    if (whose === undefined || rule === undefined || recorded === undefined) return undefined;
    const { request } = recorded;
    if (!JUDGED.has(method) || request.kind === 'method' || request.kind === 'ask')
      return undefined;
    const policy = await this.#policy(whose.subject);
    const grant = policy.grants.find(({ id }) => id === rule.grant);
    const said = grant?.revision === rule.revision ? grant.rules[rule.index] : undefined;
    const was = endOf(event, said);
    if (was === undefined) return undefined;
    const args = this.#argsOf(event);
    const labels =
      request.kind === 'tool' ? this.#context.labelsOf(request.server, request.tool) : [];
    const isReadOnly = await this.#isReading(request);
    const { clientInfo } = event;
    return {
      was,
      isAdmitted: event.code === 'TG1001',
      hasArgs: args !== undefined,
      use: {
        ...whose,
        at: recorded.at,
        grant: rule.grant,
        thing: thingOf(request),
        server: request.server,
        ...(request.kind === 'tool' ? { tool: request.tool } : {}),
        args: args ?? {},
        purpose: grant?.purpose ?? '',
        labels,
        isReadOnly,
        isWriting: labels.includes('egress') || labels.includes('destructive') || !isReadOnly,
        isFlowAllowed: said?.flow === 'allow',
        argsBytes: args === undefined ? 0 : Buffer.byteLength(stringifyJson(args)),
        place: placeOf({
          transport: event.transport ?? 'stdio',
          ...(event.remote === undefined ? {} : { remote: event.remote }),
        }),
        ...(clientInfo === undefined ? {} : { clientName: clientInfo.name }),
      },
    };
  }

  #argsOf({ args, argsHmac }: AuditEvent): JsonObject | undefined {
    const isWhole =
      isJsonObject(args) && argsHmac !== undefined && hmacJson(this.#digestKey, args) === argsHmac;
    return isWhole ? args : undefined;
  }

  /** Whether a use is known to change nothing, by the definition that is approved now. */
  async #isReading(target: UseTarget): Promise<boolean> {
    if (target.kind !== 'tool') return true;
    this.#catalog ??= this.#context.catalog.snapshot();
    const pinned = this.#catalog.servers.get(target.server);
    return serverView(pinned, false).tools?.get(target.tool)?.isReading === true;
  }

  #policy(subject: string): Promise<PolicyState> {
    const known = this.#policies.get(subject) ?? currentPolicy(this.#context, subject);
    this.#policies.set(subject, known);
    return known;
  }
}

/** What became of it, but for what its rule itself has approved: of that the monitor had no say. */
function endOf({ code, reason = '', approval }: AuditEvent, said?: GrantRule): UseEnd | undefined {
  const isApprovedByRule = said === undefined || said.approval !== undefined;
  if (code === 'TG1001') return approval !== undefined && !isApprovedByRule ? 'held' : 'passed';
  if (BY_MONITOR.has(reason)) return 'refused';
  if (OF_APPROVAL.has(reason)) return isApprovedByRule ? 'passed' : 'held';
  return undefined;
}

/** What a refusal is about, as the monitor counts it. */
export const refusedThing = ({ server, tool, prompt, resource, template }: AuditEvent): string =>
  [server, tool ?? prompt ?? resource ?? template].filter((one) => one !== undefined).join('/');

/** A member of an event's detail as a number. */
export const numberIn = (detail: Json | undefined, name: string): number => {
  const value = isJsonObject(detail) ? detail[name] : undefined;
  return typeof value === 'number' ? value : 0;
};
