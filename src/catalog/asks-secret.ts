import type { ItemFlag } from '../domain/item-flag.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { pointerShown } from './hidden-text.ts';
import { spellHidden } from './spell-hidden.ts';

/** Parameters that are secrets by their whole name, without separators, in lower case. */
const SECRETS: ReadonlySet<string> = new Set(
  'auth authorization token secret secrets pin otp cvv cookie cookies pwd passwd credential credentials apikeys'.split(
    ' ',
  ),
);
/** What makes a longer name a secret's. */
const SECRET_PARTS =
  'password passphrase passcode apikey accesstoken authtoken bearertoken githubtoken privatekey secretkey clientsecret sshkey seedphrase mnemonic recoverycode accountpin usercredentials logincredentials sessioncookie'.split(
    ' ',
  );
/** What makes a name one for what else the model was told, or knows of itself. */
const CONTEXT_PARTS =
  'conversationhistory chathistory messagehistory fullconversation previousmessages chatlog systemprompt systemmessage userprompt originalprompt developerprompt toolslist toollist listoftools availabletools alltools modelname modelid modelversion chainofthought reasoningtrace innermonologue scratchpad sidenote contextwindow memorydump environmentvariables envvars'.split(
    ' ',
  );
const MAX_DEPTH = 16;
/** Most parameters that are looked at; honest tools have a few dozen. */
const MAX_PARAMETERS = 2_000;

/**
 * Parameters that ask for a secret, or for the conversation, the system prompt, the other tools: those of
 * every schema inside the input schema, choices and definitions too.
 *
 * Attack: a parameter that the tool has no use for is filled in by the model and carries data out.
 */
export function askingParameters(definition: JsonObject): readonly ItemFlag[] {
  const flags: ItemFlag[] = [];
  let left = MAX_PARAMETERS;
  const flag = (path: readonly string[], found: string): void => {
    flags.push({ kind: 'asks_secret', at: pointerShown(path), found, isBlocking: false });
  };
  const visit = (schema: Json | undefined, path: string[]): void => {
    if (left < 0 || path.length > MAX_DEPTH || typeof schema !== 'object') return;
    for (const [key, inner] of Object.entries(schema ?? {})) {
      if (left < 0) return;
      path.push(key);
      if (key === 'properties' && isJsonObject(inner)) parameters(inner, path);
      else visit(inner, path);
      path.pop();
    }
  };
  const parameters = (properties: JsonObject, path: string[]): void => {
    for (const name of Object.keys(properties)) {
      left -= 1;
      if (left < 0) {
        flag(path, 'more parameters than were looked at');
        return;
      }
      path.push(name);
      if (asks(name)) flag(path, spellHidden(name, { maxChars: 160 }).slice(0, 200));
      visit(member(properties, name), path);
      path.pop();
    }
  };
  visit(member(definition, 'inputSchema'), ['inputSchema']);
  return flags;
}

function asks(name: string): boolean {
  const plain = name
    .slice(0, 128)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return (
    SECRETS.has(plain) ||
    SECRET_PARTS.some((part) => plain.includes(part)) ||
    CONTEXT_PARTS.some((part) => plain.includes(part))
  );
}
