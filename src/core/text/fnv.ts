const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a, 32 bits, over the UTF-8 bytes of a text. */
export function fnv1a32(text: string): number {
  let hash = OFFSET
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}

// Neither vowels nor digits that look like them, so that no words come out.
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

/** Kubernetes' way to make a hash fit for names: one letter per character. */
export const safeEncode = (text: string): string =>
  Array.from(text, (letter) => ALPHABET[letter.codePointAt(0)! % ALPHABET.length]).join("")
