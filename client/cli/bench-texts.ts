/** What the benchmark says when it stops. */
export const benchTexts = {
  en: {
    'bench-failed': 'The benchmark stopped.',
    'bench-worse': 'Slower than the stored ratios allow.',
    'bench-unmeasurable': 'Measuring needs Linux: processor time and memory are read from /proc.',
  },
  de: {
    'bench-failed': 'Die Messung ist abgebrochen.',
    'bench-worse': 'Langsamer, als die gespeicherten Verhältnisse erlauben.',
    'bench-unmeasurable': 'Messen geht nur unter Linux: Rechenzeit und Speicher kommen aus /proc.',
  },
} as const;
