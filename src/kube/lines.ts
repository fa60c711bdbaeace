const NEWLINE = 10

/** Cuts a stream of bytes into lines. A line may arrive in any number of pieces, split inside a character as well. */
export function createLineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  let pieces: Buffer[] = []

  function emit(last: Buffer): void {
    const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
    pieces = []
    if (line.length > 0) onLine(line.toString("utf8"))
  }

  return {
    push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        emit(chunk.subarray(start, end))
        start = end + 1
      }
      if (start < chunk.length) pieces.push(chunk.subarray(start))
    },
    end: () => emit(Buffer.alloc(0)),
  }
}
