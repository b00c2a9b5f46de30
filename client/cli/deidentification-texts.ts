/** What the user reads when de-identification fails; a part of ./texts.ts. */
export const deidentificationTexts = {
  en: {
    'profile-invalid': 'This de-identification profile is unknown, unreadable or contradictory: check --profile.',
    'masks-invalid':
      'The masks cannot be read: a JSON object of paths with lists of [x, y, width, height, frame or null].',
    'secret-invalid': 'The key must have exactly 32 bytes (or 64 hexadecimal digits): check --key.',
    'not-reversible': 'This instance carries no attributes that this key opens: check --key, --keystore and --purpose.',
    'deidentification-refused':
      'An instance could not be de-identified: nothing was sent. Leave it out or confirm the risk.',
  },
  de: {
    'profile-invalid':
      'Dieses Profil zur De-Identifizierung ist unbekannt, unlesbar oder widersprüchlich: --profile prüfen.',
    'masks-invalid': 'Die Masken sind nicht lesbar: ein JSON-Objekt, je Pfad Listen [x, y, Breite, Höhe, Bild].',
    'secret-invalid': 'Der Schlüssel muss genau 32 Bytes haben (oder 64 Hexadezimalziffern): --key prüfen.',
    'not-reversible': 'Diese Instanz enthält nichts, was dieser Schlüssel öffnet: --key und --purpose prüfen.',
    'deidentification-refused':
      'Eine Instanz ließ sich nicht de-identifizieren: nichts wurde gesendet. Weglassen oder bestätigen.',
  },
} as const;
