import { describe, expect, it } from 'vitest';
import { realPathOnDisk } from '../../src/admin/real-path.ts';
import { AmbiguousPath, withinPath } from '../../src/authorize/within-path.ts';

/** Follows no links, and counts how often it is asked to. */
function counted() {
  const asked: string[] = [];
  const realPath = (path: string): string => {
    asked.push(path);
    return path;
  };
  return { asked, realPath };
}

const names = (count: number): string => Array.from({ length: count }, () => '/a').join('');

describe('within', () => {
  it('has no answer for a path of more than a hundred parts', () => {
    const { asked, realPath } = counted();
    expect(withinPath(`/root${names(99)}`, '/root', realPath)).toBe(true);
    const before = asked.length;
    for (const path of [`/root${names(100)}`, `/root${'/a/..'.repeat(50)}`, '/'.repeat(102)]) {
      expect(() => withinPath(path, '/root', realPath)).toThrow(AmbiguousPath);
    }
    expect(asked).toHaveLength(before);
  });

  it('looks at the disk for each step out of a folder, not for each name', () => {
    const { asked, realPath } = counted();
    expect(withinPath(`/root${names(90)}/../b`, '/root', realPath)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('takes a step after the link that stands before it', () => {
    const links = new Map([['/root/out', '/secret/deep']]);
    const realPath = (path: string): string => links.get(path) ?? path;
    expect(() => withinPath('/root/out/../file', '/root', realPath)).toThrow(AmbiguousPath);
    expect(withinPath('/root/in/../file', '/root', realPath)).toBe(true);
  });
});

describe('a real path on disk', () => {
  it('is what is not there yet, behind what is; nothing is below a file', () => {
    const gone = `/tg-nobody-has-this${names(99)}`;
    expect(realPathOnDisk(gone)).toBe(gone);
    expect(realPathOnDisk('/')).toBe('/');
    expect(realPathOnDisk(import.meta.filename)).toBe(import.meta.filename);
    expect(realPathOnDisk(`${import.meta.filename}/x`)).toBeUndefined();
  });
});
