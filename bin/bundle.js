"use strict"
const { existsSync, readFileSync } = require("node:fs")
const { join } = require("node:path")
const { setFlagsFromString } = require("node:v8")
const { Script } = require("node:vm")

// The sandbox serves many requests.
const isBusy = process.argv[2] === "sandbox"

// The operator mostly waits: nothing it does is hot enough, soon enough, to pay for V8's optimizing compiler, which took
// a third of its processor time. It still gets its turn, thirty times later. V8 13 has no such setting.
if (!isBusy && Number.parseInt(process.versions.v8, 10) < 13) setFlagsFromString("--interrupt-budget=4000000")

const dist = join(__dirname, "..", "dist")
exports.filename = join(dist, "flagger.cjs")
exports.cachename = join(dist, `flagger-${process.arch}-${process.versions.v8}.cache`)

/**
 * The bundle, compiled: a function that takes `require` and runs the program. What V8 compiled at build time is used
 * where the same V8 is at work, and saves half of the start; elsewhere the bundle is compiled as usual.
 * The bundle is ASCII, so reading it as latin1 spares the decoding.
 */
exports.compiled = () =>
  new Script(readFileSync(exports.filename, "latin1"), {
    filename: exports.filename,
    cachedData: existsSync(exports.cachename) ? readFileSync(exports.cachename) : undefined,
  })
