import { loadConfig } from '../../src/config/load-config.ts';
import { thrownBy, writeConfig } from './temp-config.ts';

/** The environment a test loads in. */
export const ENV = {
  PATH: '/usr/bin',
  HOME: '/home/alice',
  USER: 'alice',
  BROKER_SECRET: 'hunter2-hunter2',
};

export const LINUX = { platform: 'linux' };

/** Loads a configuration of this content. */
export const load = (content: unknown, env: Record<string, string | undefined> = ENV) =>
  loadConfig(writeConfig(content), env, LINUX);
/** What loading it throws. */
export const failure = (content: unknown, env: Record<string, string | undefined> = ENV) =>
  thrownBy(() => load(content, env));
/** A configuration of one tool server, `github`. */
export const server = (entry: unknown) => ({ mcpServers: { github: entry } });
