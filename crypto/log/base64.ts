import { LogError } from './error.js';

/** RFC 4648 §4, with padding, as the notes of C2SP use it. One value, one spelling. */

const SLICE = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += SLICE) binary += String.fromCharCode(...bytes.subarray(at, at + SLICE));
  return btoa(binary);
}

/** @throws LogError `base64`, also for stray bits, missing padding and white space */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new LogError('base64', 'not base64');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  if (toBase64(bytes.subarray(-(bytes.length % 3 || 3))) !== text.slice(-4) && text !== '') {
    throw new LogError('base64', 'base64 with stray bits');
  }
  return bytes;
}
