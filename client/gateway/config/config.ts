import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { LOG_LEVELS } from '../log.js';
import { exchangeSchema } from './exchange.js';
import { foldersSchema } from './folders.js';
import { rulesSchema } from '../rules/rules.js';
import {
  aeTitle,
  clientTls,
  duration,
  folder,
  host,
  isLoopback,
  name,
  network,
  port,
  serverTls,
  uid,
} from '../fields.js';

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

const MEBIBYTE = 1024 * 1024;

const peer = z.strictObject({
  aeTitle,
  /** The addresses it comes from. */
  from: z.array(network).min(1).max(100),
  /** Name of the PACS that has the peer's studies: before one goes out, it is asked how many instances there are. */
  counts: name.optional(),
});

/** The DICOM port. Without this section there is none. */
const dicom = z
  .strictObject({
    host: host.default('127.0.0.1'),
    port: port.default(11_112),
    aeTitle: aeTitle.default('BILDBOTE'),
    /** Under which a PACS sends what was fetched from it, where it does not say whose C-MOVE it obeys. */
    fetchAeTitle: aeTitle.optional(),
    /** Who may send here. Nobody else may. */
    peers: z.array(peer).max(1000),
    /** Storage classes beside those of the standard. */
    sopClasses: z.array(uid).max(1000).default([]),
    maxPduBytes: z.int().min(4096).max(MEBIBYTE).default(131_072),
    associations: z.int().min(1).max(256).default(16),
    /** A PDU has to be here in this time. */
    idle: duration.default(60_000),
    /** A study is whole when nothing has come for so long, no association of the peer is open, and nothing is known to be missing. */
    quiet: duration.default(10_000),
    /** What the peer has announced, or its PACS counts, and is missing, is waited for this long after the last instance came. */
    wait: duration.default(15 * 60_000),
    maxInstanceMebibytes: z.int().min(1).max(16_384).default(4096),
    tls: serverTls.optional(),
    /** Beyond this machine without TLS: for networks in which everybody may read what modalities say. */
    plain: z.enum(['on', 'off']).default('off'),
  })
  .superRefine((one, context) => {
    if (isLoopback(one.host) || one.tls !== undefined || one.plain === 'on') return;
    const message = 'beyond this machine only with tls, or with plain: on';
    context.addIssue({ code: 'custom', path: ['host'], message });
  });

const pacs = z.strictObject({
  name,
  host,
  port: port.min(1),
  /** Of the PACS. */
  aeTitle,
  /** What the gateway calls itself there. */
  callingAeTitle: aeTitle.default('BILDBOTE'),
  tls: clientTls.optional(),
  timeout: duration.default(60_000),
  /**
   * `match`: a study is stored when it is exactly one of the practice's own patients, under that one's number, or when a person has decided; `all`: every
   * complete message is stored as it was signed, under the sender's patient and accession numbers.
   */
  store: z.enum(['all', 'match', 'none']).default('none'),
  /** The issuer of the practice's own patient numbers, for studies that are stored under them. */
  issuer: z.string().min(1).max(64).optional(),
  /** `auto`: where the PACS offers it, an instance counts as imported when it has said that it keeps it (storage commitment). */
  commitment: z.enum(['auto', 'off']).default('auto'),
  /** It is asked again when it has not said so after this long. */
  commitmentWait: duration.default(10 * 60_000),
  /** AE title of the worklist on the same address, whose patients are compared, too. */
  worklistAeTitle: aeTitle.optional(),
});

/** REST, webhooks and DICOMweb for programs of the practice. */
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

/** The web client for the practice's browsers, from this machine; without it the relay alone serves it. */
const web = z
  .strictObject({
    host: host.default('127.0.0.1'),
    port: port.default(8043),
    tls: serverTls.optional(),
    /** Other names by which browsers call this machine. */
    names: z.array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a name without a port')).default([]),
    /** Of the bundle that was published, and of no other one (docs/web-client.md §3). */
    digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits, as published'),
    /** Where the bundle lies; without it the one of this program. */
    folder: folder.optional(),
  })
  .superRefine((one, context) => {
    if (isLoopback(one.host) || one.tls !== undefined) return;
    // Browsers give keys, private files and a guard to secure pages only.
    context.addIssue({ code: 'custom', path: ['host'], message: 'beyond this machine only with tls' });
  });

/** The file's sections; each is a strict object, so that a misspelt key is an error and not a silence. */
const sections = z.strictObject({
  data: folder.default(join(homedir(), '.local', 'share', 'bildbote', 'gateway')),
  keystore: folder,
  /** A file that only the gateway can read; without it the environment gives the passphrase. */
  passphraseFile: folder.optional(),
  log: z.enum(LOG_LEVELS).default('info'),
  sending: sending.prefault({}),
  receiving: receiving.prefault({}),
  dicom: dicom.optional(),
  pacs: z
    .array(pacs)
    .max(16)
    .default([])
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'two have the same name'),
  rules: rulesSchema.default([]),
  folders: foldersSchema.prefault({}),
  exchange: exchangeSchema,
  /** REST, webhooks and DICOMweb; without it nothing of them is there. */
  http: http.optional(),
  web: web.optional(),
});

/** A PACS that is asked must be one of the configuration. */
export const configSchema = sections.superRefine(({ dicom: { peers } = { peers: [] }, pacs: all }, context) => {
  for (const [index, { counts }] of peers.entries()) {
    if (counts === undefined || all.some((one) => one.name === counts)) continue;
    const path = ['dicom', 'peers', index, 'counts'];
    context.addIssue({ code: 'custom', path, message: 'no PACS of this name' });
  }
});

export type PacsConfig = z.output<typeof pacs>;
export type GatewayConfig = z.output<typeof configSchema>;
