/** A second reading of hours: minute by minute, with the wall clock as it is printed for people. */
export interface OracleSpan {
  /** English names, three letters; every day when empty. */
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

const ORDER = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const printers = new Map<string, Intl.DateTimeFormat>();

/** `Mon 08:30`, as a clock on a wall of the zone shows it. */
export function shownAt(zone: string, at: number): { readonly day: string; readonly time: string } {
  const printer =
    printers.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  printers.set(zone, printer);
  const [day = '', time = ''] = printer.format(at).split(/,? /);
  return { day, time };
}

/** Whether the clock shows a minute that one of the spans has, or that one of the day before reaches. */
export function isShownWithin(spans: readonly OracleSpan[], zone: string, at: number): boolean {
  const { day, time } = shownAt(zone, at);
  const before = ORDER[(ORDER.indexOf(day) + 6) % 7] ?? '';
  return spans.some(({ days, from, to }) => {
    const has = (name: string) => days.length === 0 || days.includes(name);
    if (from < to) return has(day) && from <= time && time < to;
    return (has(day) && from <= time) || (has(before) && time < to);
  });
}
