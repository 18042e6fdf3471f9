import type { Metric, Sample } from './metric.ts';

/** What `/metrics` is. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Metrics in Prometheus' text format.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export const exposition = (metrics: readonly Metric[]): string =>
  metrics
    .map((metric) => {
      const { name, help, type } = metric;
      const lines = metric.samples().map((sample) => line(name, sample));
      const said = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
      return [`# HELP ${name} ${said}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
    })
    .join('');

function line(name: string, { suffix = '', labels, value }: Sample): string {
  const said = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${suffix}${said === '' ? '' : `{${said}}`} ${number(value)}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const number = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
};
