import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** Where the program is installed, with its examples: the folder above `bin`, or above the sources. */
export const packageFolder = (from: string = import.meta.dirname): string =>
  existsSync(join(from, "examples")) || dirname(from) === from ? from : packageFolder(dirname(from))
