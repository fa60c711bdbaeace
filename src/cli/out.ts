/** Where commands write what people read. */
export interface Out {
  stdout(text: string): void
  stderr(text: string): void
}

export const terminal: Out = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
}
