import { startWitness, witnessKey } from '../../../server/witness/serve.js';
import { type Output } from '../output.js';
import { parsePort } from '../parse.js';

export interface WitnessCommandOptions {
  readonly data: string;
  readonly logKey: readonly string[];
  readonly name?: string;
  readonly host?: string;
  readonly port?: string;
  readonly showKey: boolean;
}

/** `bildbote witness`: runs until SIGTERM or SIGINT. With `--show-key` it says its key and ends. */
export async function runWitness(options: WitnessCommandOptions, output: Output): Promise<void> {
  const { data: dataDir, logKey: logKeys, name, host } = options;
  if (options.showKey) {
    const key = await witnessKey({ dataDir, name });
    return output.result({ key }, key);
  }
  const stop = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const port = options.port === undefined ? undefined : parsePort(options.port);
  const { url, key, close } = await startWitness({ dataDir, logKeys, name, host, port });
  const text = output.language === 'de' ? `Der Zeuge läuft unter ${url}` : `The witness listens on ${url}`;
  output.result({ type: 'listening', url, pid: process.pid, key }, `${text}\n${key}`);
  await stop;
  await close();
}
