import { alarm } from './de/alarm.js';
import { app } from './de/app.js';
import { errors } from './de/errors.js';
import { deidentify } from './de/deidentify.js';
import { integrity } from './de/integrity.js';
import { devices } from './de/devices.js';
import { contacts } from './de/contacts.js';
import { work } from './de/work.js';
import { letter } from './de/letter.js';
import { mailbox } from './de/mailbox.js';
import { report } from './de/report.js';
import { sending } from './de/sending.js';
import { settings } from './de/settings.js';
import { unlock } from './de/unlock.js';
import { viewer } from './de/viewer.js';
import { welcome } from './de/welcome.js';
import { write } from './de/write.js';
import { type TextKey } from './keys.js';

/** Alle Texte der Seite auf Deutsch. */
export const de: Readonly<Record<TextKey, string>> = {
  ...alarm,
  ...app,
  ...welcome,
  ...unlock,
  ...mailbox,
  ...letter,
  ...report,
  ...viewer,
  ...write,
  ...sending,
  ...settings,
  ...work,
  ...contacts,
  ...devices,
  ...integrity,
  ...deidentify,
  ...errors,
};
