import { isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

/** A token bucket: `burst` at once, then `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimits {
  readonly perClient: Rate;
  /** All clients together: bounds what unauthenticated requests can store and compute. */
  readonly overall: Rate;
}

/** Sixty devices of a practice behind one address may sign in at once; a guesser of anything gets nowhere. */
export const DEFAULT_RATES: RateLimits = {
  perClient: { burst: 600, perSecond: 10 },
  overall: { burst: 5_000, perSecond: 500 },
};

/** Somebody recovers a mailbox once in years. */
export const RECOVERY_RATES: RateLimits = {
  perClient: { burst: 20, perSecond: 0.1 },
  overall: { burst: 200, perSecond: 5 },
};

/** An invitation is used once: whoever tries many, guesses. A whole chain is verified for each. */
export const ENROL_RATES: RateLimits = {
  perClient: { burst: 30, perSecond: 0.2 },
  overall: { burst: 300, perSecond: 5 },
};

const NO_LIMIT: Rate = { burst: 1e12, perSecond: 1e12 };
/** One device, signed in: far more than the fastest upload or download needs. */
export const DEVICE_RATES: RateLimits = { perClient: { burst: 4_000, perSecond: 200 }, overall: NO_LIMIT };

export const RETRY_AFTER_S = 10;

interface Bucket {
  tokens: number;
  atMs: number;
}

const MAX_CLIENTS = 20_000;

/** @returns whether the client, named by its IP address, may go on */
export type Limiter = (client: string) => boolean;

/** @param nodes over how many nodes requests are spread: each allows its part of the rates */
export function createLimiter(
  limits: RateLimits,
  nowMs: () => number = () => performance.now(),
  nodes: () => number = () => 1,
): Limiter {
  const clients = new Map<string, Bucket>();
  const overall: Bucket = { tokens: limits.overall.burst, atMs: nowMs() };
  return (client) => {
    const now = nowMs();
    const count = nodes();
    const perClient = partOf(limits.perClient, count);
    return take(bucketOf(clients, clientKey(client), perClient, now), perClient, now)
      ? take(overall, partOf(limits.overall, count), now)
      : false;
  };
}

function partOf({ burst, perSecond }: Rate, nodes: number): Rate {
  return { burst: Math.max(1, burst / nodes), perSecond: perSecond / nodes };
}

export function rateLimit(isAllowed: (request: IncomingMessage) => boolean): RequestHandler {
  return (request, _response, next) => {
    if (isAllowed(request)) {
      next();
      return;
    }
    next(new Problem('rate-limited', { retryAfterS: RETRY_AFTER_S }));
  };
}

function take(bucket: Bucket, rate: Rate, now: number): boolean {
  const refilled = bucket.tokens + ((now - bucket.atMs) / 1000) * rate.perSecond;
  bucket.tokens = Math.min(rate.burst, refilled);
  bucket.atMs = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** Least recently seen clients are forgotten first; by then their buckets are mostly full again. */
function bucketOf(clients: Map<string, Bucket>, key: string, rate: Rate, now: number): Bucket {
  const bucket = clients.get(key) ?? { tokens: rate.burst, atMs: now };
  clients.delete(key);
  clients.set(key, bucket);
  if (clients.size > MAX_CLIENTS) {
    const oldest = clients.keys().next().value;
    if (oldest !== undefined) clients.delete(oldest);
  }
  return bucket;
}

/** One subscriber holds a whole IPv6 /64. */
function clientKey(ip: string): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const left = head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = ip.includes('::')
    ? [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
    : left;
  return groups.slice(0, 4).join(':');
}

/**
 * Who is at the other end. Behind `proxies` proxies the address is the one that the outermost of them wrote down; what
 * stands further left in X-Forwarded-For is the client's own invention.
 */
export function clientAddress(request: IncomingMessage, proxies: number): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const hops = [...forwarded.split(',').map((hop) => hop.trim()), request.socket.remoteAddress ?? 'unknown'];
  return hops.filter((hop) => hop !== '').at(-1 - proxies) ?? hops.find((hop) => hop !== '') ?? 'unknown';
}
