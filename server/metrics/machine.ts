import { X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import type { BlobPlace } from '../blobs/place.js';
import type { TlsFiles } from '../http/tls.js';
import type { Metrics } from './metrics.js';

interface Machine {
  readonly dataDir: string;
  readonly blobs: BlobPlace;
  readonly tls: TlsFiles | null;
}

/** What the machine says of itself: this node only, other nodes have their own. */
export function addMachineGauges(metrics: Metrics, { dataDir, blobs, tls }: Machine): void {
  metrics.gauge('bildbote_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
  metrics.gauge('bildbote_uptime_seconds', 'Since the process began', () => process.uptime());
  metrics.gauge('bildbote_data_free_bytes', 'Room left where the data folder is', () => freeBytes(dataDir));
  if (blobs.kind === 'disk') {
    const { folder } = blobs;
    metrics.gauge('bildbote_blobs_free_bytes', 'Room left where parts are kept', () => freeBytes(folder));
  }
  if (tls !== null) {
    const help = 'How long the certificate is still valid';
    metrics.gauge('bildbote_certificate_seconds', help, () => certificateSeconds(tls));
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function certificateSeconds({ cert }: TlsFiles): Promise<number> {
  const { validTo } = new X509Certificate(await readFile(cert));
  return (Date.parse(validTo) - Date.now()) / 1_000;
}
