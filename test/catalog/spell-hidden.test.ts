import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spellHidden } from '../../src/catalog/spell-hidden.ts';
import { runs } from '../support/runs.ts';

describe('spellHidden', () => {
  it.each([
    ['a\u200bb', 'a⟨U+200B ZERO WIDTH SPACE⟩b'],
    ['\u{e0041}', '⟨U+E0041 TAG A⟩'],
    ['\u{e0020}\u{e007f}', '⟨U+E0020 TAG SPACE⟩⟨U+E007F CANCEL TAG⟩'],
    ['\u202e', '⟨U+202E RIGHT-TO-LEFT OVERRIDE⟩'],
    ['\ufe0f\u{e0100}', '⟨U+FE0F VARIATION SELECTOR-16⟩⟨U+E0100 VARIATION SELECTOR-17⟩'],
    ['\u001b[2J', '⟨U+001B ESC⟩[2J'],
    ['a\r\nb\tc', 'a⟨U+000D CR⟩⟨U+000A LF⟩b⟨U+0009 TAB⟩c'],
    ['\ue000', '⟨U+E000 PRIVATE USE⟩'],
    ['\ud800', '⟨U+D800 LONE SURROGATE⟩'],
    ['\ufff9', '⟨U+FFF9⟩'],
    ['\u3164\u2800', '⟨U+3164 HANGUL FILLER⟩⟨U+2800 BRAILLE PATTERN BLANK⟩'],
    ['⟨U+200B⟩', '⟨U+27E8 LEFT ANGLE BRACKET⟩U+200B⟩'],
    ['Größe 日本 😀 – “x”', 'Größe 日本 😀 – “x”'],
  ])('spells %j', (text, spelled) => {
    expect(spellHidden(text)).toBe(spelled);
  });

  it('keeps line feeds and tabs where lines are kept, and nothing else', () => {
    expect(spellHidden('a\r\n\tb\u0085', { keepsLines: true })).toBe(
      'a⟨U+000D CR⟩\n\tb⟨U+0085 NEXT LINE⟩',
    );
  });

  it('says how much it leaves out, and cuts no surrogate pair', () => {
    expect(spellHidden('ab😀c', { maxChars: 3 })).toBe('ab… [3 more characters]');
  });

  it('gives two texts two spellings, and leaves nothing unseen', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '⟨', 'U', '+', '0', '\u200b', '\n', '⟩') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(spellHidden(a) === spellHidden(b)).toBe(a === b);
        expect(spellHidden(a)).not.toMatch(/[\u200b\n]/);
      }),
      runs(),
    );
  });
});
