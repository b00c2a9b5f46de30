import { type PacsConfig } from '../config/config.js';
import { GatewayError } from '../error.js';
import { type Remote } from '../dimse/requestor.js';

/** Of a PACS what it takes to reach it. */
export type PacsAddress = Pick<PacsConfig, 'host' | 'port' | 'aeTitle' | 'callingAeTitle' | 'timeout' | 'tls'>;

export function remoteOf(pacs: PacsAddress): Remote {
  const { host, port, aeTitle: calledAe, callingAeTitle: callingAe, timeout: timeoutMs, tls = null } = pacs;
  return { host, port, calledAe, callingAe, timeoutMs, tls };
}

/** @throws GatewayError `pacs-unknown` */
export function pacsNamed(all: readonly PacsConfig[], name: string): PacsConfig {
  const pacs = all.find((one) => one.name === name);
  if (pacs === undefined) throw new GatewayError('pacs-unknown', 'no such PACS');
  return pacs;
}
