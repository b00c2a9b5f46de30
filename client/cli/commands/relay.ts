import { startRelay } from '../../../server/main.js';
import { type Output } from '../output.js';
import { parsePort } from '../parse.js';

export interface RelayCommandOptions {
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly blobs?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly registrars?: string;
  readonly witnesses?: string;
}

/** `bildbote relay`: runs until SIGTERM or SIGINT, then drains and ends with 0. */
export async function runRelay(options: RelayCommandOptions, output: Output): Promise<void> {
  const { host, data, databaseUrl, blobs, tlsCert, tlsKey, registrars, witnesses } = options;
  const stop = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const port = options.port === undefined ? undefined : parsePort(options.port);
  const settings = { host, dataDir: data, databaseUrl, blobs, tlsCert, tlsKey, registrars, witnesses };
  const relay = await startRelay({ port, ...settings });
  output.result({ type: 'listening', url: relay.url, pid: process.pid }, listeningText(relay.url, output));
  await Promise.race([stop, relay.ended]);
  await relay.close();
}

function listeningText(url: string, { language }: Output): string {
  return language === 'de' ? `Das Relay läuft unter ${url}` : `The relay listens on ${url}`;
}
