import type { ItemFlagKind } from '../domain/item-flag.ts';
import { CONCEPT, type Concept } from './concepts.ts';
import type { Sentence } from './read-concepts.ts';

/** Where a text stands, for what it may say. */
export interface Standing {
  /** What the item's name is about: a tool `read_inbox` may speak of the inbox. */
  readonly own: number;
  /** Whether it describes a parameter: what it speaks of is what will be passed. */
  readonly isParameter: boolean;
  /** Whether that parameter is a yes or no: it carries nothing of what its first sentence speaks of. */
  readonly isSwitch: boolean;
  /** Whether it is one of the values that a parameter may have. */
  readonly isChoice: boolean;
}

/** A set of things one sentence of a definition has no reason to speak of together. */
export interface Mixture {
  readonly kind: ItemFlagKind;
  /** All of these. */
  readonly all: readonly Concept[];
  /** And one of each of these groups. */
  readonly any?: readonly (readonly Concept[])[];
  /** In its plain form, as an order has it. */
  readonly bare?: readonly Concept[];
  /** Not when the name of the item is about one of these. */
  readonly unless?: readonly Concept[];
  readonly where?: (sentence: Sentence, standing: Standing) => boolean;
}

/** Words of a sentence that is more than a name for a choice. */
const CHOICE_WORDS = 5;

const isUntold = ({ isUntold: is }: Sentence): boolean => is;
const inParameter = (_: Sentence, { isParameter }: Standing): boolean => isParameter;
const outsideParameter = (_: Sentence, { isParameter }: Standing): boolean => !isParameter;
const opensParameter = ({ isFirst }: Sentence, { isParameter }: Standing): boolean =>
  isParameter && isFirst;
/** Behind the first sentence, where a tool says what it does. */
const isBehind = ({ isFirst }: Sentence, { isParameter }: Standing): boolean =>
  !isFirst || isParameter;
/** Behind the first sentence, and nothing the tool gives back. */
const isAside = ({ isFirst, describes }: Sentence): boolean => !isFirst && !describes;
/** An order behind what the tool says it does. */
const isOrder = ({ isFirst, opens }: Sentence, { isParameter }: Standing): boolean =>
  !isFirst &&
  !isParameter &&
  (opens & (CONCEPT.act | CONCEPT.carry | CONCEPT.urgent | CONCEPT.read)) !== 0;

/** Every such set. */
export const MIXTURES: readonly Mixture[] = [
  // What is carried, and is none of the tool's business.
  {
    kind: 'asks_secret',
    all: ['secret'],
    any: [['carry', 'must', 'urgent', 'model', 'tell', 'authority', 'harm']],
    unless: ['secret'],
  },
  {
    kind: 'asks_secret',
    all: ['secret'],
    bare: ['read', 'act'],
    unless: ['secret'],
    where: isBehind,
  },
  { kind: 'asks_secret', all: ['secret'], unless: ['secret'], where: inParameter },
  {
    kind: 'asks_secret',
    all: ['private'],
    any: [['carry', 'must', 'model', 'authority', 'person']],
    unless: ['private'],
  },
  { kind: 'asks_secret', all: ['private'], bare: ['read'], unless: ['private'], where: isBehind },
  { kind: 'asks_secret', all: ['other', 'tool'], unless: ['tool'], where: inParameter },
  { kind: 'asks_secret', all: ['private', 'all'], unless: ['private'], where: opensParameter },
  // What the person is to hear, or not to.
  { kind: 'orders', all: ['not', 'tell', 'person'], where: isUntold },
  {
    kind: 'orders',
    all: ['hush'],
    any: [['carry', 'act', 'read', 'person', 'tell', 'must', 'not', 'secret', 'private']],
  },
  { kind: 'orders', all: ['tell', 'address'], any: [['must', 'person', 'not']] },
  // Limits set aside.
  { kind: 'orders', all: ['guard', 'lower'] },
  {
    kind: 'orders',
    all: ['guard', 'not', 'tell'],
    any: [['must', 'shift', 'person']],
    where: isUntold,
  },
  // Other tools and their calls.
  {
    kind: 'orders',
    all: ['other', 'tool'],
    any: [['carry', 'act', 'lower', 'must', 'shift', 'harm']],
    unless: ['tool'],
  },
  // The reader as a model.
  {
    kind: 'orders',
    all: ['model'],
    any: [['must', 'carry', 'act', 'authority', 'secret', 'guard', 'not']],
    unless: ['model'],
  },
  // Pressure.
  {
    kind: 'orders',
    all: ['urgent'],
    any: [['harm', 'secret', 'private', 'lower', 'guard', 'model', 'shell', 'person']],
  },
  {
    kind: 'orders',
    all: ['authority'],
    any: [
      ['private', 'secret', 'lower'],
      ['carry', 'must', 'lower', 'not', 'act'],
    ],
  },
  { kind: 'orders', all: ['authority', 'carry', 'address'] },
  {
    kind: 'orders',
    all: ['authority', 'carry', 'must'],
    // That an admin agrees first is what a person wants to read.
    where: ({ about }) => (about & CONCEPT.consent) === 0,
  },
  // Terms that changed.
  {
    kind: 'orders',
    all: ['shift', 'secret'],
    any: [['lower', 'carry', 'must', 'act', 'not']],
    unless: ['secret'],
    where: outsideParameter,
  },
  {
    kind: 'orders',
    all: ['shift'],
    any: [
      ['private', 'guard'],
      ['lower', 'carry', 'must', 'act', 'not'],
    ],
    where: outsideParameter,
  },
  // A value to choose is a word, not something to do.
  {
    kind: 'orders',
    all: [],
    any: [['act', 'carry', 'lower', 'must', 'tool', 'shell', 'hush']],
    where: ({ text }, { isChoice }) =>
      isChoice && text.split(' ', CHOICE_WORDS).length === CHOICE_WORDS,
  },
  // What nobody who says what a tool does comes to speak of, in a sentence behind that.
  {
    kind: 'asks_secret',
    all: ['private'],
    unless: ['private'],
    where: (sentence, { isParameter }) =>
      !isParameter && isAside(sentence) && (sentence.denied & CONCEPT.private) === 0,
  },
  { kind: 'orders', all: ['model'], unless: ['model'], where: isAside },
  {
    kind: 'orders',
    all: ['tool'],
    unless: ['tool'],
    where: (sentence, { isParameter }) =>
      !isParameter && isAside(sentence) && (sentence.opens & CONCEPT.carry) !== 0,
  },
  {
    kind: 'orders',
    all: ['tool'],
    unless: ['tool'],
    where: (sentence) => isAside(sentence) && sentence.tools > 1,
  },
  { kind: 'orders', all: ['person', 'lower'], unless: ['lower'], where: isAside },
  {
    kind: 'orders',
    all: ['guard', 'not'],
    unless: ['guard'],
    where: (sentence) => isAside(sentence) && (sentence.denied & CONCEPT.guard) !== 0,
  },
  { kind: 'asks_secret', all: ['person', 'all'], where: inParameter },
  { kind: 'orders', all: ['obey', 'address'], where: isAside },
  {
    kind: 'orders',
    all: ['money'],
    any: [['carry', 'act', 'swap', 'when']],
    unless: ['money'],
    where: (sentence, { isParameter }) => !isParameter && isAside(sentence),
  },
  // A person's yes that is not waited for.
  {
    kind: 'orders',
    all: ['consent'],
    any: [['act', 'carry', 'must', 'person']],
    where: ({ denied }) => (denied & CONCEPT.consent) !== 0,
  },
  // Who is listened to, and to what.
  { kind: 'orders', all: ['rank'], any: [['person', 'private', 'model']], where: isBehind },
  {
    kind: 'orders',
    all: ['obey'],
    any: [['task', 'tool', 'decode']],
    where: ({ about, isFirst }, { isParameter }) =>
      !isFirst && !isParameter && (about & CONCEPT.not) === 0,
  },
  { kind: 'orders', all: ['decode', 'obey'], unless: ['decode'] },
  // What is left out of an answer.
  { kind: 'orders', all: ['not', 'tell', 'answer'], where: isUntold },
  // What stays behind, and where money goes.
  { kind: 'orders', all: ['persist'], any: [['carry', 'act', 'must', 'when', 'all', 'model']] },
  { kind: 'orders', all: ['swap', 'money'], unless: ['money', 'swap'], where: isBehind },
  {
    kind: 'orders',
    all: ['tool', 'must', 'all', 'when'],
    where: ({ describes }, { isParameter }) => !isParameter && !describes,
  },
  // Somewhere else, by something else.
  {
    kind: 'orders',
    all: ['address', 'carry'],
    any: [['must', 'when', 'harm', 'not', 'person', 'urgent', 'act']],
  },
  { kind: 'orders', all: ['address', 'act', 'must'] },
  { kind: 'orders', all: ['shell'], any: [['must', 'when', 'urgent', 'harm']], unless: ['shell'] },
  {
    kind: 'orders',
    all: ['act'],
    any: [['all', 'urgent', 'shell', 'other', 'guard', 'not', 'harm']],
    where: isOrder,
  },
];
