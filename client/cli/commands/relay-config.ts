import { showConfig } from '../../../server/main.js';
import { type Output } from '../output.js';

/** `bildbote relay config`: a line for each setting, with where it comes from. Fails like the start of a relay would. */
export async function runRelayConfig({ config }: { readonly config?: string }, output: Output): Promise<void> {
  for (const one of showConfig({ config })) {
    output.result({ ...one }, `${one.name}\t${one.value}\t${one.source}`);
  }
}
