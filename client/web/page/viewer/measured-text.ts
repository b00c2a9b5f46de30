import { type Translate } from '../texts/translate.js';
import { type Measured, type Scale } from './measure.js';

/** A measurement in words, a line each: with its unit, and with what its unit is worth. */
export function measuredLines(measured: Measured, unit: string, t: Translate, locale: string): string[] {
  switch (measured.kind) {
    case 'length':
      return [`${lengthText(measured.value, measured.scale, locale)}${worth(measured.scale, t)}`];
    case 'angle':
      return [`${number(measured.degrees, 1, locale)}°`];
    case 'probe': {
      const { at, value } = measured;
      const place = `${Math.floor(at[0])}, ${Math.floor(at[1])}`;
      if (value === null) return [place];
      return [`${typeof value === 'number' ? valueText(value, unit, locale) : value.join(' · ')} (${place})`];
    }
    case 'region': {
      const { values, area, scale } = measured;
      const size = `${areaText(area, scale, locale)}${worth(scale, t)}`;
      if (values === null) return [size];
      const { mean, deviation, least, greatest, count } = values;
      return [
        t('viewer.mean', { mean: valueText(mean, unit, locale), deviation: number(deviation, 1, locale) }),
        t('viewer.range', { least: valueText(least, '', locale), greatest: valueText(greatest, '', locale) }),
        t('viewer.areaOf', { area: size, n: count }),
      ];
    }
  }
}

function worth(scale: Scale, t: Translate): string {
  return scale.kind === 'mm' && scale.isAtDetector ? ` ${t('viewer.atDetector')}` : '';
}

export function lengthText(value: number, { kind }: Scale, locale: string): string {
  if (kind === 'pixel') return `${number(value, 0, locale)} px`;
  return value >= 100 ? `${number(value / 10, 1, locale)} cm` : `${number(value, 1, locale)} mm`;
}

function areaText(value: number, { kind }: Scale, locale: string): string {
  if (kind === 'pixel') return `${number(value, 0, locale)} px²`;
  return value >= 1000 ? `${number(value / 100, 1, locale)} cm²` : `${number(value, 1, locale)} mm²`;
}

export function valueText(value: number, unit: string, locale: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 3;
  return `${number(value, digits, locale)} ${unit}`.trim();
}

function number(value: number, digits: number, locale: string): string {
  const shown = value.toLocaleString(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return shown.replace(/^-(?=0(?:[.,]0+)?$)/, '');
}
