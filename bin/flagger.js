#!/usr/bin/env node
"use strict"
const { existsSync } = require("node:fs")
const { compiled, filename } = require("./bundle.js")

if (existsSync(filename)) {
  compiled().runInThisContext()(require)
} else {
  console.error("flagger: the program is not built yet; run this in the project's folder: npm ci && npm run build")
  process.exitCode = 1
}
