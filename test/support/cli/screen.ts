const STEERING = '\\x1b\\[([0-9;?]*)([A-Za-z])';
const PIECE = new RegExp(`${STEERING}|[\\s\\S]`, 'gu');

/**
 * What a terminal shows after it was sent some text. Knows what moves the cursor and what erases;
 * colours are left out, any other control character stays visible as `^…`.
 */
export function screenOf(sent: string): string {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const line = (): string[] => {
    while (rows.length <= row) rows.push([]);
    return rows[row] as string[];
  };
  const put = (text: string): void => {
    const cells = line();
    while (cells.length < column) cells.push(' ');
    cells[column] = text;
    column += 1;
  };
  const steer = (sequence: string, numbers: string, letter: string): void => {
    const count = Number(numbers.split(';')[0] || '1');
    if (letter === 'A') row = Math.max(0, row - count);
    else if (letter === 'B') row += count;
    else if (letter === 'C') column += count;
    else if (letter === 'D') column = Math.max(0, column - count);
    else if (letter === 'G') column = count - 1;
    else if (letter === 'K') line().splice(numbers === '2' ? 0 : column);
    else if (letter === 'J') {
      line().splice(column);
      rows.splice(row + 1);
    } else if (letter !== 'm' && letter !== 'h' && letter !== 'l') put(`^${sequence.slice(1)}`);
  };
  for (const [piece, numbers = '', letter] of sent.matchAll(PIECE)) {
    if (letter !== undefined) steer(piece, numbers, letter);
    else if (piece === '\n') {
      row += 1;
      column = 0;
      line();
    } else if (piece === '\r') column = 0;
    else if (piece === '\b') column = Math.max(0, column - 1);
    else if (piece < ' ' && piece !== '\t')
      put(`^${String.fromCharCode(piece.charCodeAt(0) + 64)}`);
    else put(piece);
  }
  return rows
    .map((cells) => cells.join('').trimEnd())
    .join('\n')
    .trimEnd();
}
