import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { LOG_LEVELS } from '../log.js';
import { duration, folder, host, port, serverTls } from './fields.js';

const DAY_MS = 86_400_000;

const sending = z.strictObject({
  /** Messages that are uploaded at once. */
  parallel: z.int().min(1).max(8).default(2),
  /** How long the relay keeps a message, unless the job or a rule says so. */
  expires: duration
    .pipe(
      z
        .number()
        .min(10 * DAY_MS, 'from 10d')
        .max(365 * DAY_MS, 'to 365d'),
    )
    .default(90 * DAY_MS),
  coding: z.enum(['auto', 'off', 'fast', 'small']).default('auto'),
  /** How long a job that the relay could not take is tried again. */
  patience: duration.default(7 * DAY_MS),
  /** How long a job is remembered after it has ended; its files go at once. */
  keep: duration.default(90 * DAY_MS),
});

const receiving = z.strictObject({
  /** Messages are fetched by themselves. */
  fetch: z.enum(['all', 'none']).default('all'),
  /** Without a hint from the relay ask again after this long. */
  poll: duration.default(60_000),
});

const http = z.strictObject({
  host: host.default('127.0.0.1'),
  port: port.default(8042),
  tls: serverTls.optional(),
  /** Other names by which clients call this machine; requests to any other name are refused. */
  names: z.array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a name without a port')).default([]),
  /** Pages, a DICOM viewer for instance, that may ask from their own origin. */
  origins: z
    .array(z.string().regex(/^https?:\/\/[a-z0-9.:[\]-]+$/, 'must be an origin like https://viewer.praxis.lan'))
    .default([]),
});

/** The file's sections; each is a strict object, so that a misspelt key is an error and not a silence. */
export const configSchema = z.strictObject({
  data: folder.default(join(homedir(), '.local', 'share', 'bildbote', 'gateway')),
  keystore: folder,
  /** A file that only the gateway can read; without it the environment gives the passphrase. */
  passphraseFile: folder.optional(),
  log: z.enum(LOG_LEVELS).default('info'),
  sending: sending.prefault({}),
  receiving: receiving.prefault({}),
  /** REST, webhooks and DICOMweb; without it nothing of them is there. */
  http: http.optional(),
});

export type GatewayConfig = z.output<typeof configSchema>;
