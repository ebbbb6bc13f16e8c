/** One field's error as the server tells it. */
export interface FieldError {
  field: string
  code: string
  detail: string
}

/** What the server refused, or that it could not be reached (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail)
  }

  get errors(): FieldError[] {
    return (this.body.errors as FieldError[] | undefined) ?? []
  }

  get requestId(): string | undefined {
    return this.body.request_id as string | undefined
  }

  get retryAfter(): number {
    return Number(this.body.retry_after ?? 0)
  }
}

/** The problem an answer tells of. */
export function problemOf(status: number, body: Record<string, unknown>, fallback: string): Problem {
  const detail = body.detail === body.code ? body.title : body.detail
  return new Problem(status, String(body.code ?? status), String(detail ?? body.title ?? fallback), body)
}
