import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openDesk } from '../../dist/client/cli/desk.js';
import { planPackage } from '../../dist/client/core/send/plan-package.js';
import { newFileId, sendMessage } from '../../dist/client/core/send/send.js';

/** A sender in a process of its own: files that exist nowhere, as many as their sum asks for; then its peak memory and its processor time. */
const [keystore, to, megabytes] = process.argv.slice(2);
const FILE_BYTES = 16_000_000;
const CHUNK_BYTES = 1024 * 1024;
const noise = randomBytes(2 * CHUNK_BYTES);

/** The same bytes each time it is read, other ones in each file. */
function source(number) {
  return {
    name: `${number}.bin`,
    locator: String(number),
    size: FILE_BYTES,
    read: (offset, length) => Promise.resolve(noise.subarray(offset % CHUNK_BYTES, (offset % CHUNK_BYTES) + length)),
    async *stream(offset = 0) {
      for (let at = offset; at < FILE_BYTES; at += CHUNK_BYTES) {
        const start = (number * 977 + at) % CHUNK_BYTES;
        yield noise.subarray(start, start + Math.min(CHUNK_BYTES, FILE_BYTES - at));
      }
    },
  };
}

const files = Math.max(1, Math.round((Number(megabytes) * 1e6) / FILE_BYTES));
const documents = Array.from({ length: files }, (_, number) => ({
  kind: 'attachment',
  source: source(number),
  mediaType: 'application/octet-stream',
}));
const desk = await openDesk(keystore);
const letter = { to: [to], cc: [], bcc: [], subject: '', text: '', replyTo: null, urgency: null };
const { bytes, wireBytes } = await sendMessage(
  desk,
  { ...letter, expiresMs: Date.now() + 10 * 86_400_000 },
  planPackage([], documents, newFileId),
  { reopen: async (locator) => source(Number(locator)), coding: 'stored' },
);
await desk[Symbol.asyncDispose]();
const { user, system } = process.cpuUsage();
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
console.log(JSON.stringify({ type: 'sent', bytes, wireBytes, peak, cpuS: (user + system) / 1e6 }));
