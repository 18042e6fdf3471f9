/** An environment, as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const POSIX = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];
const WINDOWS = [
  'APPDATA',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'PATH',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
];

/** Variables every stdio tool server gets: the list of the MCP SDK's stdio transport. Never secrets. */
export const inheritedNames = (platform: string): readonly string[] =>
  platform === 'win32' ? WINDOWS : POSIX;

/**
 * The environment a stdio tool server starts from: what it needs to run, nothing of what the broker's
 * own environment holds besides. Values that are exported shell functions (Shellshock) stay out.
 */
export function cleanEnvironment(env: Environment, platform: string): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const name of inheritedNames(platform)) {
    const value = env[name];
    if (value !== undefined && !value.startsWith('()')) clean[name] = value;
  }
  return clean;
}
