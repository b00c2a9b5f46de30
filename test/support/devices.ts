import { PASSPHRASE, type Ran, ok, start } from './cli.js';

/** Two devices of one mailbox pair through the command line, as two people would. */
export interface Paired {
  readonly admin: Ran;
  readonly joined: Ran;
  readonly deviceId: string;
}

export interface PairPlan {
  /** The administrating device's keystore. */
  readonly keystore: string;
  readonly newKeystore: string;
  readonly relay: string;
  readonly device: string;
  readonly member: string;
  /** Of the new keystore. */
  readonly passphrase?: string;
  /** More options of `device pair`. */
  readonly options?: readonly string[];
  /** What is carried over: the words by default. */
  readonly by?: 'words' | 'link';
}

export async function pairDevice(plan: PairPlan): Promise<Paired> {
  const admin = start(['device', 'pair', '--keystore', plan.keystore, '--yes', ...(plan.options ?? [])]);
  const shown = await admin.until((line) => line['type'] === 'pairing');
  const words = (shown['words'] as string[]).join(' ');
  const relay = plan.by === 'link' ? [] : ['--relay', plan.relay];
  const joined = await ok(
    ['device', 'join', '--keystore', plan.newKeystore, '--device', plan.device, '--member', plan.member, ...relay],
    {
      passphrase: plan.passphrase ?? PASSPHRASE,
      env: { BILDBOTE_PAIRING: plan.by === 'link' ? String(shown['link']) : words },
    },
  );
  const ran = await admin.done;
  if (ran.code !== 0) throw new Error(`device pair ended with ${ran.code}: ${ran.err}`);
  return { admin: ran, joined, deviceId: String(joined.lines.at(-1)?.['deviceId']) };
}
