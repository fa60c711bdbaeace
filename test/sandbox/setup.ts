import { createRequire } from "node:module"

createRequire(import.meta.url)("./faster.cjs")
