/** JSON whose keys are there once: `JSON.parse` keeps the last of several and says nothing. */

/**
 * The value of a text.
 * @throws SyntaxError where it is no JSON, or an object has a key twice; the key is named
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const twice = repeatedKey(text)
  if (twice !== undefined) throw new SyntaxError(`the key ${JSON.stringify(twice)} is there twice`)
  return value
}

/** The first key that its object has twice, of a text that is JSON. */
function repeatedKey(text: string): string | undefined {
  /** Keys of the objects around the place; undefined for a list. */
  const around: (Set<string> | undefined)[] = []
  let key = false
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (mark === '{') {
      around.push(new Set())
      key = true
    } else if (mark === '[') around.push(undefined)
    else if (mark === '}' || mark === ']') around.pop()
    else if (mark === ',') key = around.at(-1) !== undefined
    else if (mark === '"') {
      const end = endOfString(text, at)
      if (key) {
        // Two spellings of one key are one key.
        const name: string = JSON.parse(text.slice(at, end))
        const known = around.at(-1)
        if (known?.has(name)) return name
        known?.add(name)
        key = false
      }
      at = end - 1
    }
  }
  return undefined
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
