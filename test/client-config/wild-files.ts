const crlf = (text: string) => text.replaceAll('\n', '\r\n');

/** Files of clients as they are found in the wild: client, what is odd about it, text. */
export const WILD_FILES: readonly (readonly [client: string, what: string, text: string])[] = [
  [
    'claude-desktop',
    'as its settings page writes it',
    '{\n  "mcpServers": {\n    "files": {\n      "command": "npx",\n      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/a"]\n    }\n  },\n  "globalShortcut": ""\n}',
  ],
  ['claude-desktop', 'without servers', '{"scale":0,"locale":"en-US"}'],
  ['claude-desktop', 'an empty object', '{}'],
  ['claude-desktop', 'an empty object of servers', '{\n\t"mcpServers": {}\n}\n'],
  ['claude-desktop', 'empty', ''],
  ['claude-desktop', 'only white space', '\r\n  \r\n'],
  ['claude-desktop', 'a byte order mark', '\ufeff{\r\n  "mcpServers": {\r\n  }\r\n}\r\n'],
  [
    'claude-code',
    'with projects, histories and numbers of odd spelling',
    '{\n  "numStartups": 1.50e3,\n  "big": 12345678901234567890,\n  "projects": {\n    "/home/a": { "mcpServers": { "tg": { "command": "x" } }, "history": ["\\u00e9", "\\/"] }\n  },\n  "mcpServers": {\n    "old": { "type": "sse", "url": "https://o.example/sse" },\n    "odd": { "type": "ws", "future": [null, true] }\n  }\n}\n',
  ],
  ['claude-code', 'on one line', '{"a":1,"mcpServers":{"x":{"command":"y"}},"b":2}'],
  [
    'claude-code',
    'on one line with spaces',
    '{ "mcpServers": { "x": { "command": "y" }, "z": {} } }\n',
  ],
  [
    'cursor',
    'comments, trailing commas and tabs',
    '// cursor\n{\n\t/* servers */ "mcpServers": { // mine\n\t\t// the first\n\t\t"a": { "command": "x", }, // after a\n\t\t/* "off": { "command": "y" }, */\n\t},\n}\n// end',
  ],
  [
    'cursor',
    'duplicate keys that are not ours',
    '{\n    "a": 1,\n    "a": 2,\n    "mcpServers": {\n        "s": { "env": { "K": "1", "K": "2" }, "command": "c" }\n    }\n}\n',
  ],
  [
    'cursor',
    'a comment that opens on the line of the brace',
    '{ "mcpServers": { /* a\n b */ "x": {} } }',
  ],
  ['cursor', 'only a comment', '// nothing yet'],
  [
    'vscode',
    'with inputs',
    crlf(
      '{\n\t"inputs": [\n\t\t{ "id": "t", "type": "promptString", "password": true },\n\t],\n\t"servers": {\n\t\t"gh": {\n\t\t\t"type": "http",\n\t\t\t"url": "https://gh.example/mcp",\n\t\t\t"headers": { "Authorization": "Bearer $' +
        '{input:t}" }\n\t\t}\n\t}\n}\n',
    ),
  ],
  [
    'windsurf',
    'a server by `serverUrl`',
    '{\n  "mcpServers": {\n    "a": { "serverUrl": "https://a.example" }\n  }\n}\n',
  ],
  [
    'zed',
    'settings with a heading and a theme',
    '// Zed settings\n//\n// see zed.dev\n{\n  "theme": {\n    "mode": "system", // follows\n  },\n  "context_servers": {\n    "x": { "source": "custom", "command": { "path": "uvx", "args": [] }, "settings": {} },\n  },\n}\n',
  ],
  ['zed', 'settings without servers', '// Zed settings\n{\n  "vim_mode": true,\n}\n'],
  [
    'codex',
    'with profiles and comments',
    '# codex\nmodel = "gpt-5" # the model\nnotify = ["a", """\n[mcp_servers.tg]\n"""]\n\n[mcp_servers.docs]\ncommand = "npx"\nargs = [\n  "-y", # yes\n  "docs",\n]\n\n[mcp_servers.docs.env]\nKEY = "v"\n\n# my profile\n[profiles.fast]\nmodel = "o4"\n',
  ],
  ['codex', 'without a line feed at the end', 'model = "x"\n[tui]\ntheme = "dark"'],
  ['codex', 'empty', ''],
  [
    'codex',
    'CRLF and dotted keys',
    'a.b = 1979-05-27T07:32:00Z\r\nmcp_servers.x.command = "y"\r\n\r\n',
  ],
  [
    'gemini-cli',
    'with a comment and other settings',
    '{\n  "selectedAuthType": "oauth-personal",\n  // servers\n  "mcpServers": {\n    "a": { "httpUrl": "https://a.example", "trust": true }\n  }\n}\n',
  ],
  [
    'goose',
    'with built-in and other extensions',
    'GOOSE_PROVIDER: anthropic\nextensions: # on\n  # the developer\n  developer:\n    bundled: true\n    enabled: true\n    name: developer\n    timeout: 300\n    type: builtin\n  gh:\n    args: [-y, "gh"]\n    cmd: npx\n    description: |\n      two\n      lines\n\n    # kept\n    envs: {}\n    type: stdio\nGOOSE_MODEL: "x:y"\n',
  ],
  [
    'goose',
    'indented by four, CRLF',
    crlf('extensions:\n    a:\n        cmd: x\n        type: stdio\n'),
  ],
  ['goose', 'nothing below the key', 'A: 1\nextensions:\nB: 2\n'],
  ['goose', 'an empty map', 'extensions: {}\nB: 2'],
  ['goose', 'a map in braces', '---\nextensions: {a: {cmd: x, type: stdio}} # one\n'],
  ['goose', 'null by its word', 'extensions: null # none\n'],
  ['goose', 'no extensions, and no line feed at the end', 'A: 1'],
  ['goose', 'only a comment', '# goose\n'],
  [
    'copilot-cli',
    'a local server',
    '{\n  "mcpServers": {\n    "a": { "type": "local", "command": "x", "tools": ["*"] }\n  }\n}\n',
  ],
  [
    'cline',
    'with what Cline adds',
    '{\n  "mcpServers": {\n    "a": { "disabled": true, "timeout": 60, "type": "streamableHttp", "url": "https://a.example", "autoApprove": [] }\n  }\n}',
  ],
  ['lm-studio', 'as it comes', '{\n  "mcpServers": {}\n}'],
  [
    'kiro',
    'as it comes',
    '{\n  "mcpServers": {\n    "fetch": { "command": "uvx", "args": ["f"], "disabled": false }\n  }\n}\n',
  ],
  [
    'opencode',
    'with a schema',
    '{\n  "$schema": "https://opencode.ai/config.json",\n  "mcp": {\n    "a": { "type": "local", "command": ["x", "y"], "enabled": false },\n  },\n}\n',
  ],
  [
    'amp',
    'a key with a point',
    '{\n  "amp.notifications.enabled": true,\n  "amp.mcpServers": { "a": { "command": "x" } }\n}\n',
  ],
];
