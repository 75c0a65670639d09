// JSON without loss: in what users stored, numbers that JavaScript would round keep their spelling, so that a payload
// is shown, and sent again, as it was. Pure.

interface SourceContext {
  source?: string;
}
interface RawJson {
  rawJSON: string;
}
interface ExactJson {
  rawJSON?: (text: string) => RawJson;
  isRawJSON?: (value: unknown) => value is RawJson;
}
const { rawJSON, isRawJSON } = JSON as ExactJson;

const kExactFields: ReadonlySet<string> = new Set(['payload', 'result']);

function isRounded(value: number, source: string): boolean {
  const digits = source.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  return !Number.isFinite(value) || (digits.length > 15 && String(value) !== source);
}

/** Plain numbers everywhere but in the exact fields. */
function settle(value: unknown): unknown {
  if (isRawJSON?.(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(settle);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, kExactFields.has(name) ? member : settle(member)]),
  );
}

/** Like JSON.parse; in browsers without JSON.rawJSON exactly that. */
export function parseJson(text: string): unknown {
  if (!rawJSON || !isRawJSON) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context?: SourceContext): unknown =>
    typeof value === 'number' && context?.source !== undefined && isRounded(value, context.source)
      ? rawJSON(context.source)
      : value;
  return settle(JSON.parse(text, revive));
}
