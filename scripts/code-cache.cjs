// Starts the bundled operator far enough to load all of it, and keeps what V8 compiled on the way.
const { renameSync, writeFileSync } = require("node:fs")
const { cachename, compiled } = require("../bin/bundle.js")

process.argv = [process.argv[0], "flagger", "operator", "-version"]
const script = compiled()
process.on("exit", () => {
  // A cache that is written half would be taken for whole.
  writeFileSync(`${cachename}.part`, script.createCachedData())
  renameSync(`${cachename}.part`, cachename)
})
script.runInThisContext()(require)
