/** What JSON leaves as it is and some readers of lines take for the end of one. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** Whether a JSON text of ours, in which line feeds are escaped, is more than one line to some readers. */
export const hasLineEnd = (json: string): boolean =>
  json.includes('\u0085') || json.includes('\u2028') || json.includes('\u2029');

/** The same JSON on one line, whatever its reader calls a line. */
export const onOneLine = (json: string): string =>
  hasLineEnd(json)
    ? json.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;
