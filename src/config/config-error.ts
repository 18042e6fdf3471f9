import { BrokerError } from '../domain/errors.ts';

/** A configuration that is wrong: `ERR_CONFIG`. The message names file and key, never a value. */
export const configError = (message: string, hint?: string, cause?: unknown): BrokerError =>
  new BrokerError('ERR_CONFIG', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });

/** A configuration that is valid and asks for what this version does not do: `ERR_NOT_ENFORCED`. */
export const notEnforced = (key: string, hint: string): BrokerError =>
  new BrokerError('ERR_NOT_ENFORCED', `${key} is valid but not enforced by this version`, { hint });
