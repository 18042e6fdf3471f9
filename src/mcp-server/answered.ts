/**
 * Why the signal of a request ends that has been answered. One for all of them: an `abort()` without a
 * reason makes an error with a stack for each, which nobody reads.
 */
export const ANSWERED: Error = new Error('the request has been answered');
