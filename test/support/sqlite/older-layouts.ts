const COMPUTED = {
  TEXT: 'chain code instance subject client server tool decision reason outcome'.split(' '),
  INTEGER: ['at', 'intent', 'epoch'],
};
const column = (name: string, type: string) => `ALTER TABLE events ADD COLUMN ${name} ${type}
  GENERATED ALWAYS AS (CASE WHEN json_valid(body) THEN json_extract(body, '$.${name}') END) VIRTUAL;`;

/** SQL that takes a database of this version back to the layout of version 13. */
export const TO_VERSION_13 = `
  ${column('session', 'TEXT')}
  CREATE INDEX events_session ON events (session);
  CREATE INDEX open_intents_use ON open_intents (session, grant_id);
  PRAGMA user_version = 13;
`;

/** The same of version 12. */
export const TO_VERSION_12 = `${TO_VERSION_13}
  ${Object.entries(COMPUTED)
    .flatMap(([type, names]) => names.map((name) => column(name, type)))
    .join('\n')}
  CREATE INDEX open_intents_instance ON open_intents (instance);
  PRAGMA user_version = 12;
`;
