import { type JsonObject, member, stringMember } from '../domain/json.ts';
import { LABELS, type Label } from '../domain/label.ts';

/** Words of a tool's name that speak for a label. */
const WORDS: Readonly<Record<Label, ReadonlySet<string>>> = {
  private: new Set(
    'secret secrets credential credentials password token tokens private env inbox mail mails email emails message messages contact contacts profile'.split(
      ' ',
    ),
  ),
  untrusted: new Set(
    'search fetch browse browser web page url issue issues comment comments mail mails email emails message messages inbox crawl scrape download rss feed'.split(
      ' ',
    ),
  ),
  egress: new Set(
    'send post publish upload email mail message share push comment reply notify webhook tweet forward invite export'.split(
      ' ',
    ),
  ),
  destructive: new Set(
    'delete remove drop destroy erase purge truncate wipe kill overwrite reset revoke'.split(' '),
  ),
};

/** What others read once it is created; a directory they do not. */
const READ_BY_OTHERS: ReadonlySet<string> = new Set(
  'issue issues pull pr ticket event page gist release repository repo account user site record'.split(
    ' ',
  ),
);

/**
 * Labels a person should think about for a tool, from the words of its name and from its annotations.
 * A suggestion and nothing more: a tool server writes both.
 */
export function suggestLabels(definition: JsonObject): readonly Label[] {
  const name = (stringMember(definition, 'name') ?? '').slice(0, 256);
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const annotations = member(definition, 'annotations');
  const hint = (key: string): boolean | undefined => {
    const said = member(annotations, key);
    return typeof said === 'boolean' ? said : undefined;
  };
  const isReader = hint('readOnlyHint') === true;
  const speaks = (label: Label): boolean => words.some((word) => WORDS[label].has(word));
  const isCreatedForOthers =
    words.includes('create') && words.some((word) => READ_BY_OTHERS.has(word));
  const suggested: Readonly<Record<Label, boolean>> = {
    private: speaks('private'),
    untrusted: speaks('untrusted') || (isReader && hint('openWorldHint') === true),
    egress: !isReader && (speaks('egress') || isCreatedForOthers || hint('openWorldHint') === true),
    destructive: !isReader && (speaks('destructive') || hint('destructiveHint') === true),
  };
  return LABELS.filter((label) => suggested[label]);
}
