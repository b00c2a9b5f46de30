export const report = {
  'report.page': 'Page {n} of {total}',
  'report.loading': 'Opening the report …',
  'report.close': 'Close report',
  'report.larger': 'Larger',
  'report.smaller': 'Smaller',
  'report.unreadable': 'The report cannot be shown. Save it and open it with another program.',
  'report.asText': 'Text of the page',
} as const;
