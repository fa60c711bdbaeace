/** Operators are started from what is built. */
export { buildProgram as default } from "../cluster/build-program.ts"
