import { loadConfig } from '../../gateway/config/load.js';
import { startGateway } from '../../gateway/gateway.js';
import { createLog } from '../../gateway/log.js';
import { passphraseFromEnvironment } from '../environment.js';
import { type Output } from '../output.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';

export interface GatewayOptions {
  readonly config?: string;
}

/** `bildbote gateway --config FILE`: runs until SIGTERM or SIGINT, then ends in order. */
export async function runGateway({ config: path }: GatewayOptions, output: Output): Promise<void> {
  if (path === undefined) throw new UsageError('gateway needs --config FILE');
  const config = await loadConfig(path);
  const log = createLog(config.log);
  await using gateway = await startGateway({ config, log, passphrase: passphraseFromEnvironment() ?? null });
  const stopped = interruptSignal();
  const { listening } = gateway;
  const text = Object.values(listening).join(', ');
  output.result(
    { type: 'listening', pid: process.pid, mailbox: gateway.office.account.content.address, ...listening },
    text,
  );
  if (!stopped.aborted) await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()));
}
