import { describe, expect, it } from 'vitest';
import { lookAlikesOf } from '../../src/domain/look-alike.ts';

const lookAlike = lookAlikesOf(['method', 'params', 'id', 'name', '_meta', 'a/protocolVersion']);

describe('a look-alike', () => {
  it.each([
    ['Method', 'method'],
    ['METHOD', 'method'],
    ['paramſ', 'params'],
    ['ıd', 'id'],
    ['İd', 'id'],
    ['ID', 'id'],
    ['ｎame', 'name'],
    ['ｎａｍｅ', 'name'],
    ['𝐧𝐚𝐦𝐞', 'name'],
    ['nаme', 'name'],
    ['nαme', 'name'],
    ['namé', 'name'],
    ['name\u0301', 'name'],
    ['na\u200bme', 'name'],
    ['name\u00ad', 'name'],
    ['\ufeffname', 'name'],
    ['name\u{e0020}', 'name'],
    ['na\ufe0fme', 'name'],
    ['name\u0000', 'name'],
    ['_Meta', '_meta'],
    ['a/ProtocolVersion', 'a/protocolVersion'],
    ['a/protocolVerſion', 'a/protocolVersion'],
  ])('takes %j for %s', (name, known) => {
    expect(lookAlike(name)).toBe(known);
  });

  it.each([
    'name',
    'names',
    'nam',
    '',
    'x',
    'title',
    '名前',
    '名前です',
    'über',
    'имя',
    'constructor',
  ])('takes %j for nothing but itself', (name) => {
    expect(lookAlike(name)).toBeUndefined();
  });
});
