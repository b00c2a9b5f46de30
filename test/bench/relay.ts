import { parseArgs } from 'node:util';
import { measureConnections } from './relay/connections.js';
import { openGround } from './relay/ground.js';
import { measureMessages } from './relay/messages.js';
import { measureThroughput } from './relay/throughput.js';

/**
 * `npm run bench:relay`: what the relay alone does. Parts over TLS beside nginx, devices that wait and the hints they hear, small messages
 * beside pgbench; client, relay, database and peers on this machine, one after the other. Prints one JSON object a measurement.
 */
const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'throughput,messages,connections' },
    /** Of 8 MiB each. */
    parts: { type: 'string', default: '64' },
    messages: { type: 'string', default: '10000' },
    devices: { type: 'string', default: '10000' },
    deliveries: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
  },
});
const wanted = new Set(values.what.split(','));
const MAILBOXES = 16;

await using ground = await openGround(MAILBOXES);
const say = (name: string, figures: object): void => {
  process.stdout.write(`${JSON.stringify({ name, ...figures }, rounded)}\n`);
};

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

if (wanted.has('throughput')) say('throughput', await measureThroughput(ground, Number(values.parts)));
if (wanted.has('messages')) say('messages', await measureMessages(ground, Number(values.messages)));
if (wanted.has('connections')) {
  const load = {
    devices: Number(values.devices),
    deliveriesPerS: Number(values.deliveries),
    seconds: Number(values.seconds),
  };
  say('connections', await measureConnections(ground, load));
}
