import { loadConfig, loadYaml } from '../../gateway/config/load.js';
import { startGateway } from '../../gateway/gateway.js';
import { casesSchema, testRules } from '../../gateway/rules/test-rules.js';
import { CliError } from '../failure.js';
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

/** `bildbote gateway test-rules FILE`: each case with the rule that decides; fails when one is not the expected one. */
export async function runTestRules(path: string, _options: unknown, output: Output): Promise<void> {
  const results = testRules(await loadYaml(path, casesSchema));
  const isGerman = output.language === 'de';
  for (const { name, expected, chosen, to } of results) {
    const ok = chosen === expected;
    const nobody = isGerman ? 'kein Empfänger' : 'no recipient';
    const wanted = ok ? '' : isGerman ? ` (erwartet: ${expected ?? nobody})` : ` (expected: ${expected ?? nobody})`;
    output.result(
      { type: 'case', name, ok, chosen, expected, to },
      `${ok ? '✔' : '✘'} ${name}: ${chosen ?? nobody}${wanted}`,
    );
  }
  const wrong = results.filter(({ chosen, expected }) => chosen !== expected).length;
  if (wrong > 0) throw new CliError('rules-failed', `${wrong}/${results.length}`);
}
