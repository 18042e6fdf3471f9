/** What a zone's wall clock is ahead of UTC, minutes. */
export interface ZoneClock {
  /** At a minute since the epoch. */
  offsetAt(minute: number): number;
}

const clocks = new Map<string, ZoneClock | undefined>();
const MAX_KEPT = 1_000;

/**
 * The wall clock of a zone of the IANA database; `undefined` for a name it does not have. An offset
 * such as `+01:00` is none: it is wrong for half of the year.
 */
export function zoneClock(zone: string): ZoneClock | undefined {
  if (clocks.has(zone)) return clocks.get(zone);
  const made = /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone) ? newClock(zone) : undefined;
  if (clocks.size >= MAX_KEPT) clocks.clear();
  clocks.set(zone, made);
  return made;
}

function newClock(timeZone: string): ZoneClock | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  } catch {
    return undefined;
  }
  // Decisions come many to the minute, and formatting is most of what one would cost.
  let lastMinute = Number.NaN;
  let lastOffset = 0;
  return {
    offsetAt(minute) {
      if (minute === lastMinute) return lastOffset;
      const wall: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
      for (const { type, value } of format.formatToParts(minute * 60_000)) {
        wall[type] = Number(value);
      }
      const { year = 0, month = 1, day = 1, hour = 0, minute: minuteOfHour = 0 } = wall;
      lastOffset = Date.UTC(year, month - 1, day, hour, minuteOfHour) / 60_000 - minute;
      lastMinute = minute;
      return lastOffset;
    },
  };
}
