// Code costs many times as much the first thousand times as it does in a server that runs, whose V8 has compiled it
// by then. So every process is asked the same before anything of it is measured, and one over stdio is
// kept for all that it can be asked.
import { asked, connect, turn } from './rounds.mjs';

/** How many ask at once while code is made warm, and for how many bytes. */
const CLIENTS = 8;
const BYTES = 100;

/** What can be asked of processes that were warmed together: the same code answers it. */
const placeOf = ({ face, era, of }) => (face === 'http' ? `http ${era}` : `stdio ${era} ${of}`);

export class WarmClients {
  #calls;
  #ms;
  #place;
  /** Of sides that are warm: their clients over stdio, which are their processes. */
  #kept = new Map();

  /** @param calls how often a process is asked by way of a face and in an era, for at most `ms` milliseconds. */
  constructor({ calls, ms }) {
    this.#calls = calls;
    this.#ms = ms;
  }

  /** The clients of a scenario at a side that is warm. */
  async connect(side, scenario) {
    const place = placeOf(scenario);
    if (place !== this.#place) {
      await this.end();
      this.#place = place;
    }
    if (!this.#kept.has(side)) this.#kept.set(side, await this.#warmUp(side, scenario));
    const kept = this.#kept.get(side);
    if (kept === undefined) return connect(side, scenario);
    const asks = Array.from({ length: scenario.clients }, () => kept.asks[0]);
    return { ...kept, asks, close: async () => {} };
  }

  /** Ends the processes that were kept. */
  async end() {
    const kept = [...this.#kept.values()].filter((one) => one !== undefined);
    this.#kept.clear();
    await Promise.all(kept.map((one) => one.close()));
  }

  async #warmUp(side, { face, era, of }) {
    const scenario = asked(face, era, CLIENTS, BYTES, face === 'http' ? 1 : of);
    const clients = await connect(side, scenario);
    if (this.#calls > 0) await turn(clients, scenario, this.#ms, this.#calls);
    if (face === 'stdio') return clients;
    await clients.close();
    return undefined;
  }
}
