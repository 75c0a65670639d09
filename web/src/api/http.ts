// Requests to the server that this page came from, and to no other.
import { parseJson } from '../lib/exact_json';
import { Store } from '../lib/store';

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Set while the server asks for a token that the page has not. */
export const signedOut = new Store(false);

const base = new URL('./', document.baseURI);

export function apiUrl(
  path: readonly string[],
  query: Record<string, string | number | undefined> = {},
): URL {
  const url = new URL(['v1', ...path].map(encodeURIComponent).join('/'), base);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  return url;
}

function errorOf(status: number, body: unknown): ApiError {
  const problem = (body ?? {}) as { code?: unknown; detail?: unknown; title?: unknown };
  const code = typeof problem.code === 'string' ? problem.code : 'unknown';
  const detail = [problem.detail, problem.title].find(text => typeof text === 'string' && text !== '');
  return new ApiError(
    status,
    code,
    (detail as string | undefined) ?? `the server answered with status ${status}`,
  );
}

async function send<T>(url: URL, init: RequestInit): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { credentials: 'same-origin', redirect: 'error', ...init });
    text = await response.text();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'leat serve does not answer');
  }
  let body: unknown = null;
  try {
    body = text === '' ? null : parseJson(text);
  } catch {
    if (response.ok) throw new ApiError(response.status, 'corrupt', 'the answer is no JSON');
  }
  if (response.ok) return body as T;
  const failure = errorOf(response.status, body);
  if (failure.status === 401 && failure.code !== 'wrong_token') signedOut.set(true);
  throw failure;
}

export function get<T>(url: URL, signal?: AbortSignal): Promise<T> {
  return send<T>(url, signal ? { signal } : {});
}

/** A request that changes something; the field says that this page sent it on purpose. */
export function change<T>(method: 'POST' | 'DELETE', url: URL, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'X-Leat-Request': '1' };
  if (body === undefined) return send<T>(url, { method, headers });
  headers['Content-Type'] = 'application/json';
  return send<T>(url, { method, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}
