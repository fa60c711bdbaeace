import manifest from "../package.json" with { type: "json" }

export const version: string = manifest.version
/** The commit the program was built from; the build writes it in. */
export const revision: string = process.env.FLAGGER_REVISION || "unknown"

// The two spaces are the original's.
export const versionLine: string = `Flagger version ${version} revision  ${revision}\n`
