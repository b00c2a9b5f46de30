/** Makes sure that a notification comes from the gateway (docs/integration.md §6). Runs wherever there is WebCrypto. */

export interface Notification {
  readonly id: string;
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number | null>>;
}

/** Clocks may differ by this much; what is older may be a repetition by somebody else. */
const TOLERANCE_SECONDS = 300;

/**
 * @param secret as `POST /webhooks` has said it @param headers of the request, names in lower case @param body as it came, before anything parses it
 * @throws Error when it is not from the gateway, or too old
 */
export async function verifyNotification(
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  nowMs = Date.now(),
): Promise<Notification> {
  const id = headers['webhook-id'] ?? '';
  const seconds = headers['webhook-timestamp'] ?? '';
  if (!/^[0-9]{1,12}$/.test(seconds) || Math.abs(nowMs / 1000 - Number(seconds)) > TOLERANCE_SECONDS) {
    throw new Error('the notification is too old, or from the future');
  }
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
  for (const one of (headers['webhook-signature'] ?? '').split(' ')) {
    const [version, text = ''] = one.split(',');
    if (version !== 'v1' || !/^[A-Za-z0-9+/]{43}=$/.test(text)) continue;
    const signature = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    if (await crypto.subtle.verify('HMAC', key, signature, signed)) return JSON.parse(body) as Notification;
  }
  throw new Error('the notification is not signed by the gateway');
}
