import type { RaiseAlert } from './domain/alert.ts';
import { stringMember } from './domain/json.ts';
import { isAtLeast, STEPS } from './monitor/ladder.ts';
import type { MonitorDeps } from './monitor/monitor.ts';

/**
 * Records the monitor's events, and has whoever gets alerts told of each signal whose step is `alert` or
 * more, once it is durable. Nobody waits for that.
 */
export const tellSignals =
  (record: MonitorDeps['record'], raise: RaiseAlert): MonitorDeps['record'] =>
  async (event) => {
    const recorded = await record(event);
    const { code, session, subject, detail } = event;
    const said = stringMember(detail ?? null, 'step');
    const step = STEPS.find((one) => one === said);
    if (code === 'TG9001' && step !== undefined && isAtLeast(step, 'alert')) {
      raise({
        code,
        ...(session === undefined ? {} : { session }),
        ...(subject === undefined ? {} : { subject }),
        ...(detail === undefined ? {} : { detail }),
      });
    }
    return recorded;
  };
