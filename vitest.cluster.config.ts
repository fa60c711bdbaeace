import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/cluster/**/*.test.ts"],
    globalSetup: "test/cluster/global-setup.ts",
    fileParallelism: false,
    // Stories spend their time waiting for the next check, so all of a file are told at once.
    maxConcurrency: 100,
    sequence: { concurrent: true },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
