import { alarm } from './en/alarm.js';
import { app } from './en/app.js';
import { errors } from './en/errors.js';
import { deidentify } from './en/deidentify.js';
import { integrity } from './en/integrity.js';
import { devices } from './en/devices.js';
import { contacts } from './en/contacts.js';
import { work } from './en/work.js';
import { letter } from './en/letter.js';
import { mailbox } from './en/mailbox.js';
import { report } from './en/report.js';
import { sending } from './en/sending.js';
import { settings } from './en/settings.js';
import { unlock } from './en/unlock.js';
import { viewer } from './en/viewer.js';
import { welcome } from './en/welcome.js';
import { write } from './en/write.js';

/** All texts of the page in English, a file a screen; the other languages have the same keys. */
export const en = {
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
