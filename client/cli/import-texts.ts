/** What `gateway imports` says. */
const en = {
  incoming: 'the study says',
  verdicts: { exact: 'exact', probable: 'probable', none: 'nobody of the practice' },
  decisions: {
    assign: 'will be stored under this patient',
    'as-signed': "will be stored under the sender's number",
    refuse: 'stays out of the PACS',
  },
} as const;

type Texts = {
  readonly [key in keyof typeof en]: (typeof en)[key] extends string
    ? string
    : Readonly<Record<keyof (typeof en)[key], string>>;
};

const de: Texts = {
  incoming: 'die Studie nennt',
  verdicts: { exact: 'genau', probable: 'wahrscheinlich', none: 'niemand aus der Praxis' },
  decisions: {
    assign: 'wird unter diesem Patienten gespeichert',
    'as-signed': 'wird unter der Nummer des Absenders gespeichert',
    refuse: 'kommt nicht ins PACS',
  },
};

export const importTexts: Readonly<Record<'en' | 'de', Texts>> = { en, de };
