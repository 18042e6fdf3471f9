/** Asks again until there is an answer, or it is yes; gives up after 20 s and more. */
export async function until<T>(
  ask: () => T | false | undefined | Promise<T | false | undefined>,
): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('what the test waits for did not happen');
}
