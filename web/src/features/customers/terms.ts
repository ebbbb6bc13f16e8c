const MOST = 12
const RUNS = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu

/** What to look for in the knowledge base: the longer words and the numbers of a text, and of Chinese, which has no spaces, each two characters that follow. */
export function terms(text: string): string[] {
  const found = new Set<string>()
  for (const [run] of text.matchAll(RUNS)) {
    if (/\p{Script=Han}/u.test(run)) for (let at = 0; at + 2 <= run.length; at++) found.add(run.slice(at, at + 2))
    else if (run.length > 3 || /\d\d/.test(run)) found.add(run.toLowerCase())
  }
  return [...found].slice(0, MOST)
}

/** The rows that have most of the terms in their texts, best first. */
export function best<T>(rows: T[], wanted: string[], textOf: (row: T) => string, most = 3): T[] {
  const hits = (row: T) => {
    const text = textOf(row).toLowerCase()
    return wanted.filter((term) => text.includes(term)).length
  }
  return rows.map((row) => ({ row, hits: hits(row) })).filter((one) => one.hits).sort((a, b) => b.hits - a.hits).slice(0, most).map((one) => one.row)
}
