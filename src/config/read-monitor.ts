import { DEFAULT_MONITOR, ladderWith, type MonitorSettings, type Rung } from '../monitor/ladder.ts';
import type { ConfigFile } from './config-schema.ts';

/** Fills in what the file leaves out. A signal set to a step alone keeps its threshold. */
export function readMonitor(file: ConfigFile['monitor'] = {}): MonitorSettings {
  const { observe, rememberMs, windowMs, signals = {} } = file;
  const set = Object.entries(signals).flatMap(([name, said]): [string, Partial<Rung>][] => {
    if (said === undefined) return [];
    return [[name, typeof said === 'string' ? { step: said } : given(said)]];
  });
  return {
    ...DEFAULT_MONITOR,
    ...given({ observe, rememberMs, windowMs }),
    ladder: ladderWith(Object.fromEntries(set)),
  };
}

/** The members that have a value. */
const given = <T extends object>(of: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
