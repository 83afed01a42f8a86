// What was seen, on disk as JSON lines: the load writes its clients' histories so, the recorder what the stream
// gave, the schedule what it did. The checker reads nothing else but the database.
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Journal {
  #out;

  constructor(path) {
    this.#out = createWriteStream(path);
  }

  /** One object a line. */
  write(line) { this.#out.write(`${JSON.stringify(line)}\n`); }

  /** A frame that client number `c` sent (`way` is `out`) or got (`in`), its text as it was. */
  frame(c, way, text) { this.#out.write(`{"t":${Date.now()},"c":${c},"${way}":${text}}\n`); }

  async close() {
    this.#out.end();
    await once(this.#out, 'close');
  }
}

/** The objects of a file, in its order. */
export async function readLines(path) {
  const lines = [];
  for await (const line of createInterface({ input: createReadStream(path) })) lines.push(JSON.parse(line));
  return lines;
}
