import { type RelayOptions, startRelay } from '../../../server/main.js';

/** A relay as a process that can be killed: options as JSON in the first argument, `{"url"}` on standard output when it answers. */
const relay = await startRelay(JSON.parse(process.argv[2] ?? '{}') as RelayOptions);
process.on('SIGTERM', () => void relay.close());
// The campaign's end is this one's.
process.on('disconnect', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ url: relay.url })}\n`);
await relay.ended;
process.exit(0);
