import { isIPv4, isIPv6 } from 'node:net';

/**
 * Where notifications may go: anywhere with TLS; without it only where they stay in the practice. They say no more than ids, but who
 * listens would know how much comes when.
 */
export function isHookAddress(text: string): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal(url.hostname));
}

function isLocal(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIPv4(name)) return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2[0-9]|3[01])\.|^169\.254\./.test(name);
  if (isIPv6(name)) return name === '::1' || /^f[cd]|^fe[89ab]/.test(name);
  return !name.includes('.') || /\.(localhost|local|lan|intern|internal|home\.arpa)$/.test(name);
}
